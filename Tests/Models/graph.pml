// mutants: 1 2 3 4 5 6 7 8 9 10
// `GraphRun`: two runs of a plan with the same block, one after the other, and two workers that take part when they are asked to, in the second run late ones of the first too.
//
// The graph: 0 and 1 are sources; 0 before 2 and 3, 1 before 2. Deques are one step here: `index.pml` is about them. All accesses are sequentially consistent, so what
// travels with them is modelled apart: whoever acquires knows what those knew that released. Checked: each node runs once, after its predecessors, known to its
// runner; a run returns when all have run and nobody is in it any more; nobody sleeps for ever; no token is left.

#define NODES 4
#define ALL 15   /* what is known: a bit for each node that has run */
#define BEGUN 16 /* and that the run has been prepared */
#define NONE 9
#define PLACES 3

byte counter[NODES], withCounter[NODES];
byte waiting[PLACES], withDeque[PLACES];
bool made[PLACES];
byte participants, nextSource, taking, withActive, withFlags;
bool callerSleeps, isInvited, token;
bool isShared;   /* with `taking` one word */
byte withToken;
byte invitations;
bool isCached = true;
bool isOpen;     /* a run has begun and not returned */
byte inside;     /* participants that look at the run or its plan */
byte ran, owners;
byte runs;       /* that have ended */

inline join() {  /* G2 */
  atomic {
    if
#if MUTANT == 3
    :: true -> taking++; knows = knows | withActive; joined = true
#else
#if MUTANT == 10
    :: taking > 0 -> taking++; knows = knows | withActive; joined = true
#else
    :: taking > 0 && isShared -> taking++; knows = knows | withActive; joined = true
#endif
    :: else -> joined = false
#endif
    fi
  }
}

inline leave() { /* G2 */
  atomic { taking--; knows = knows | withActive; withActive = knows; last = taking == 0 }
}

inline wakeCaller() {
  atomic { woke = callerSleeps; callerSleeps = false; knows = knows | withFlags; withFlags = knows } /* G6 */
  if :: woke -> atomic { assert(!token); token = true; withToken = knows } :: else fi
}

inline shareIfWanted() {
  if
  :: callerSleeps -> askForHelp()
  :: askForHelp() /* somebody else sleeps */
  :: true
  fi
}

inline askForHelp() {
  if
  :: isAlone ->
    atomic { isShared = true; withActive = withActive | knows } /* G2 */
#if MUTANT != 9
    isAlone = false
#endif
  :: else
  fi;
  wakeCaller();
  if
  :: !woke -> atomic { if :: !isInvited -> isInvited = true; invitations++ :: else fi }
  :: else
  fi;
  woke = false
}

inline pop(from) {
  d_step {
    if
    :: waiting[from] & 8 -> node = 3
    :: !(waiting[from] & 8) && waiting[from] & 4 -> node = 2
    :: !(waiting[from] & 12) && waiting[from] & 2 -> node = 1
    :: else -> node = NONE
    fi;
    if :: node != NONE -> waiting[from] = waiting[from] & ~(1 << node) :: else fi
  }
}

inline push(another) {
  d_step { waiting[place] = waiting[place] | (1 << another); withDeque[place] = withDeque[place] | knows }
}

inline steal() {
  other = 0;
  others = participants;
  do
  :: other == PLACES || node != NONE -> break
  :: else ->
    if
    :: other != place && (others >> other) & 1 && made[other] -> /* G5 */
      atomic { pop(other); if :: node != NONE -> knows = knows | withDeque[other] :: else fi }
    :: else
    fi;
    other++
  od;
  atomic { other = 0; others = 0 }
}

inline countDownShared(successor) {
  seen = counter[successor]; knows = knows | withCounter[successor]; /* G1 */
  if
#if MUTANT == 4
  :: seen >= 1 -> counter[successor] = seen - 1; seen--
#else
  :: seen == 1 -> counter[successor] = 0; seen = 0
#endif
  :: else ->
    atomic { /* G1 */
      counter[successor]--; seen = counter[successor];
      knows = knows | withCounter[successor]; withCounter[successor] = knows
    }
  fi
}

inline countDown(successor) {
  if
  :: isAlone -> seen = counter[successor] - 1; counter[successor] = seen
  :: else -> countDownShared(successor)
  fi;
  if
  :: seen == 0 ->
    if
    :: next == NONE -> next = successor
    :: else -> push(successor); shareIfWanted()
    fi
  :: else
  fi;
  seen = 0
}

inline runOn() {
  do
  :: node == NONE -> break
  :: else ->
    d_step {
      assert(isOpen && knows & BEGUN && !(ran & (1 << node)));
      assert(node != 2 || (knows & 3) == 3);
      assert(node != 3 || knows & 1);
      ran = ran | (1 << node);
      knows = knows | (1 << node);
      next = NONE
    }
    if
    :: node == 0 -> countDown(3); countDown(2)
    :: node == 1 -> countDown(2)
    :: else
    fi;
    atomic { node = next; next = 0 }
  od
}

// Takes part until nothing is found, and leaves.
inline enter() {
  atomic { /* G4 */
    if
    :: !(participants & 1) -> place = 0
    :: participants & 1 && !(participants & 2) -> place = 1
    :: else -> place = 2
    fi;
    assert(!(participants & (1 << place)) && !(owners & (1 << place)));
    participants = participants | (1 << place);
    owners = owners | (1 << place);
    inside++;
    assert(isOpen && knows & BEGUN)
  }
  isAlone = !isShared;
  if :: !made[place] -> made[place] = true /* G5 */ :: else fi;
  do
  :: pop(place);
    if
    :: node == NONE ->
      atomic { if :: nextSource < 2 -> node = nextSource; nextSource++ :: else fi };
      if :: node == 0 -> shareIfWanted() :: else fi
    :: else
    fi;
    if :: node == NONE -> steal() :: else fi;
    if :: node == NONE -> break :: else -> runOn() fi
#if MUTANT == 5
    ; break
#endif
  od;
#if MUTANT == 6
  leave();
  atomic { inside--; owners = owners & ~(1 << place); participants = participants & ~(1 << place) }
#else
  atomic { inside--; owners = owners & ~(1 << place); participants = participants & ~(1 << place) } /* G4 */
  leave();
#endif
  if
  :: last ->
#if MUTANT != 2
    wakeCaller()
#endif
  :: else
  fi;
  atomic { place = 0; node = 0; last = false; woke = false; isAlone = false }
}

// Looks for work for some time. A look may come when there is nothing to see, or too early.
inline findSome() {
  if
  :: taking > 0 && (waiting[0] | waiting[1] | waiting[2]) -> join()
  :: joined = false
  fi
}

active proctype caller() {
  byte knows, node, next, seen, place, other, others;
  bool joined, last, woke, isAlone;
again:
  atomic { /* G3 */
    assert(isCached);
    isCached = false;
    assert(!isOpen && inside == 0);
    isOpen = true;
    counter[0] = 0; counter[1] = 0; counter[2] = 2; counter[3] = 1;
    withCounter[2] = 0; withCounter[3] = 0;
    withDeque[0] = 0; withDeque[1] = 0; withDeque[2] = 0;
    if
    :: runs == 0 -> ran = 0; nextSource = 0; knows = BEGUN
    :: else -> ran = 8; nextSource = 0; knows = BEGUN | 8; counter[3] = 9 /* not node 3, for a small model */
    fi
  }
  atomic { callerSleeps = false; withFlags = 0; isInvited = false }
  atomic { taking = 1; isShared = false; withActive = knows } /* G2 */
  enter();
  do
  :: findSome();
    if
    :: joined -> enter()
    :: else ->
#if MUTANT == 1
      last = taking == 0;
      atomic { callerSleeps = true; knows = knows | withFlags; withFlags = knows }
#else
      atomic { callerSleeps = true; knows = knows | withFlags; withFlags = knows } /* G6 */
      join();
      if :: joined -> leave() :: else -> last = true fi;
#endif
      if
      :: last ->
        atomic { woke = !callerSleeps; callerSleeps = false; knows = knows | withFlags; withFlags = knows } /* G6 */
#if MUTANT == 7
        woke = false
#endif
      :: else -> woke = true
      fi;
      if
      :: woke -> atomic { token -> token = false; knows = knows | withToken }
      :: else
      fi;
      atomic {
        last = taking == 0;
#if MUTANT != 8
        knows = knows | withActive /* G2 */
#endif
      }
      d_step { joined = false; woke = false }
      if :: last -> break :: else fi
    fi
  od;
  atomic {
    assert(ran == ALL && (knows & ALL) == ALL);
    assert(inside == 0 && !token && !callerSleeps);
    assert(!(waiting[0] | waiting[1] | waiting[2]));
    isOpen = false
  }
  isCached = true; /* G3 */
  runs++;
  if :: runs < 2 -> goto again :: else fi
}

active [2] proctype worker() {
  byte knows, node, next, seen, place, other, others;
  bool joined, last, woke, isAlone;
end:
  do
  :: atomic { invitations > 0 -> invitations-- }
    isInvited = false;
    join();
    do
    :: !joined -> break
    :: else -> enter(); findSome()
    od;
    knows = 0
  od
}

active proctype judge() {
  timeout -> assert(runs == 2)
}
