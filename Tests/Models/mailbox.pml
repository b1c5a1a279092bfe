// mutants: 1 2 3 4
// `GraphRun`'s mailbox: nodes that waited for something outside are posted by threads that take no part, and somebody must come for them, be the caller awake, asleep or on its way.
//
// Two threads post, the caller takes part and sleeps, a worker comes when it is invited. Deques and successors are left out: `index.pml` and `graph.pml` are about them.
// Checked: both posts are handled, the caller returns when the run has ended and not before, nobody is left over, no token is left.

#define POSTS 2

byte posted, handled;
byte taking = 3;  /* the caller, and two nodes that wait */
bool callerSleeps, token, isInvited, hasReturned;
byte invitations;

inline join() { atomic { if :: taking > 0 -> taking++; joined = true :: else -> joined = false fi } } /* G2 */

inline leave() { atomic { taking--; last = taking == 0 } } /* G2 */

inline wakeCaller() {
  atomic { woke = callerSleeps; callerSleeps = false }  /* G6 */
  if :: woke -> atomic { assert(!token); token = true } :: else fi
}

inline enter() {
  do
  :: atomic { posted > 0 -> posted--; handled++; taking--; assert(taking > 0) }
  :: atomic { posted == 0 -> break }
  od;
  leave();
  if :: last -> wakeCaller() :: else fi
}

proctype Poster() {
  bool woke, was;
#if MUTANT == 1
  wakeCaller();
  if :: !woke -> atomic { was = isInvited; isInvited = true }; if :: !was -> invitations++ :: else fi :: else fi;
  posted++
#else
  posted++;
  wakeCaller();
  if
  :: woke
  :: else ->
#if MUTANT == 2
    skip /* relies on the caller, who may be about to sleep */
#else
    atomic { was = isInvited; isInvited = true }; /* G7 */
    if :: !was -> invitations++ :: else fi
#endif
  fi
#endif
}

proctype Helper() {
  bool joined, last, woke;
end:
  do
  :: atomic { invitations > 0 -> invitations-- };
#if MUTANT != 3
     isInvited = false; /* G7 */
#endif
     join();
     if :: joined -> enter() :: else fi;
#if MUTANT == 3
     isInvited = false; /* after it has looked */
#endif
     skip
  od
}

proctype Caller() {
  bool joined, last, woke;
  enter();
  do
  :: true ->
    /* looks at least once */
    if
    :: posted > 0 -> join(); if :: joined -> enter() :: else fi
    :: else
    fi;
#if MUTANT == 4
    if :: taking == 0 -> break :: else fi;
    callerSleeps = true; /* after it has looked whether the run has ended */
    last = false;
#else
    callerSleeps = true; /* G6 */
    join();
    last = !joined;
    if :: joined -> leave() :: else fi;
#endif
    if
    :: last -> atomic { woke = callerSleeps; callerSleeps = false }
    :: else -> woke = false
    fi;
    if
    :: !woke -> atomic { token -> token = false }
    :: else
    fi;
    if :: taking == 0 -> break :: else fi
  od;
  assert(handled == POSTS && taking == 0 && !token);
  hasReturned = true
}

init { atomic { run Caller(); run Helper(); run Poster(); run Poster() } }

// Whoever waits for ever is in an invalid end state.
