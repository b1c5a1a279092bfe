// mutants: 1 2 3 4 5 6 7
// `TimerShard`, `TimerSlot`, `Timer` and `Timekeeper`: two clients that use slots one after the other, and the timekeeper that fires. Every timer is due at once. In scenario 1 one of them cancels a timer and starts
// another one, so that a slot is used again; in 2 one timer recurs until it is cancelled; in 3 a timer is reserved, started by the one and cancelled by the other; in 4 both start a timer and perhaps cancel it. (With everything at once, in
// scenario 1, it holds in 74 million states, which takes a minute and 6 GB.)
//
// All accesses are sequentially consistent here. In the code those to a slot's word and its flag only acquire and release; each is decided in one exchange. Checked: when nothing can move any more, each timer has fired once or been cancelled, and its
// action was taken out once, by the one who had the right to; all slots are free, once each, and none is left in the wheel or in the inbox; who holds the wheel is alone.

#define SLOTS 3
#define FREE 0
#define RESERVED 1
#define PENDING 2
#define FIRING 3
#define STOPPED 4
#define EARLY 5
#define ENDING 6
#define ENDED 7
#define word(use, phase) ((use) * 8 + (phase))

byte words[SLOTS];
bool isFree[SLOTS];
bool inWheel[SLOTS];
bool late[SLOTS];       /* in the wheel and due */
bool recurs[SLOTS];
bool flagged[SLOTS];    /* isInInbox */
bool listed[SLOTS];     /* really in the inbox */
byte action[SLOTS];     /* 0: none; else the use that it is of */
bool held, awaited;
bool due;               /* the shard's next look is now; else never */
bool planned;           /* the timekeeper sleeps, or is about to; else it will look */
bool token;
byte fires, cancels, timers, ended;
byte scenario;          /* 0: not chosen yet */
byte shared;            /* 3: the handle, slot + 1 */
byte sharedUse;

inline wake() {
  atomic { if :: planned -> planned = false; token = true :: else fi } /* Y5, P1 */
}

inline tryHold() {
  atomic { mine = !held; held = true } /* Y4 */
}

inline fileSlot(s) {
  d_step { inWheel[s] = true; late[s] = true };
  if
  :: !due -> due = true; /* Y5 */ wake()
  :: else
  fi
}

inline recycle(s) {
  d_step {
    assert(!isFree[s] && action[s] == 0);
    inWheel[s] = false; late[s] = false;
    words[s] = word(words[s] / 8, FREE); /* Y1 */
    isFree[s] = true /* Y6 */
  }
}

inline apply(s) {
  if
  :: words[s] % 8 == PENDING && !inWheel[s] -> fileSlot(s) /* Y1 */
#if MUTANT == 6
  :: words[s] % 8 == ENDED || words[s] % 8 == FREE -> recycle(s)
#else
  :: words[s] % 8 == ENDED -> recycle(s) /* Y1 */
#endif
  :: else
  fi
}

inline emptyInbox() {
  d_step {
    taken = listed[0] + 2 * listed[1] + 4 * listed[2];
    listed[0] = false; listed[1] = false; listed[2] = false
  } /* Y3 */
  do
  :: taken == 0 -> break
  :: else ->
    d_step {
      at = (taken & 1 -> 0 : (taken & 2 -> 1 : 2));
      taken = taken & (taken - 1);
      flagged[at] = false /* Y3 */
    }
    apply(at);
    at = 0
  od
}

inline letGo() {
  do
  :: emptyInbox();
    held = false; /* Y4 */
#if MUTANT != 3
    if
    :: awaited -> awaited = false; wake() /* Y4 */
    :: else
    fi;
#endif
#if MUTANT == 1
    break
#else
    if
    :: listed[0] || listed[1] || listed[2] -> /* Y3 */
      tryHold();
      if :: mine -> mine = false :: else -> break fi
    :: else -> break
    fi
#endif
  od;
  mine = false
}

inline leaveInInbox(s) {
  atomic { isNew = !flagged[s]; flagged[s] = true } /* Y3 */
  if :: isNew -> listed[s] = true /* Y3 */ :: else fi;
  isNew = false;
#if MUTANT != 4
  tryHold();
  if :: mine -> letGo() :: else fi
#endif
}

inline settle(s) {
  tryHold();
  if
  :: mine -> apply(s); letGo()
  :: else -> leaveInInbox(s)
  fi
}

/* A free slot, that nobody else takes: of the holder's, or of the spare ones. */
inline take() {
  d_step {
    if
    :: isFree[0] -> s = 0
    :: !isFree[0] && isFree[1] -> s = 1
    :: !isFree[0] && !isFree[1] -> assert(isFree[2]); s = 2
    fi;
    isFree[s] = false; /* Y6 */
    use = words[s] / 8 + 1
  }
}

inline begin(again) {
  timers++;
  tryHold();
  take();
  d_step { assert(action[s] == 0); action[s] = use; recurs[s] = again }
  words[s] = word(use, PENDING); /* Y1 */
  if
  :: mine -> fileSlot(s); letGo()
  :: else -> leaveInInbox(s)
  fi
}

inline takeAction(s, u) {
  d_step { assert(action[s] == u); action[s] = 0 }
}

/* By the one who has its action. */
inline endIt(s, u) {
#if MUTANT != 5
  takeAction(s, u);
#endif
  tryHold();
  if
  :: mine -> recycle(s); letGo()
  :: else ->
    words[s] = word(u, ENDED); /* Y1 */
    leaveInInbox(s)
  fi
#if MUTANT == 5
  ; takeAction(s, u)
#endif
}

inline step(s, u, from, to) {
  atomic { won = words[s] == word(u, from); if :: won -> words[s] = word(u, to) :: else fi } /* Y1 */
}

inline cancel(s, u) {
  do
  :: step(s, u, PENDING, ENDING);
    if :: won -> cancels++; endIt(s, u); break :: else fi;
    if
    :: words[s] == word(u, PENDING) -> skip
    :: words[s] == word(u, RESERVED) -> step(s, u, RESERVED, EARLY); if :: won -> cancels++; break :: else fi
    :: words[s] == word(u, FIRING) -> step(s, u, FIRING, STOPPED); if :: won -> cancels++; break :: else fi
    :: else -> break
    fi
  od;
  won = false
}

active proctype first() {
  byte s, use, at, round;
  byte taken;
  bool mine, isNew, won;
  atomic {
    isFree[0] = true; isFree[1] = true; isFree[2] = true;
    if :: scenario = 1 :: scenario = 2 :: scenario = 3 :: scenario = 4 fi
  }
  if
  :: scenario != 3 ->
    do
    :: begin(scenario == 2);
      if
      :: scenario == 1 && round == 1 || scenario == 4 -> break
      :: !(scenario == 1 && round == 1) ->
        cancel(s, use);
        if :: scenario == 1 -> round = 1 :: else -> break fi
      fi
    od
  :: scenario == 3 ->
    timers++;
    tryHold();
    take();
    words[s] = word(use, RESERVED);
    if :: mine -> letGo() :: else fi;
    d_step { shared = s + 1; sharedUse = use }
    d_step { assert(action[s] == 0); action[s] = use; recurs[s] = false }
    step(s, use, RESERVED, PENDING);
    if
    :: won -> won = false; settle(s)
    :: else -> endIt(s, use)
    fi
  fi;
  ended++
}

active proctype second() {
  byte s, use, at;
  byte taken;
  bool mine, isNew, won;
  scenario != 0;
  if
  :: scenario == 3 ->
    shared != 0;
    s = shared - 1;
    cancel(s, sharedUse)
  :: scenario == 4 ->
    begin(false);
    if :: cancel(s, use) :: skip fi
  :: else -> begin(false)
  fi;
  ended++
}

inline fireDue(s) {
  if
  :: late[s] && !recurs[s] ->
    d_step { inWheel[s] = false; late[s] = false; use = words[s] / 8 }
    step(s, use, PENDING, ENDING);
    if
    :: won -> won = false; takeAction(s, use); recycle(s); fires++
    :: else
    fi
  :: late[s] && recurs[s] ->
    d_step { inWheel[s] = false; late[s] = false; use = words[s] / 8 }
    step(s, use, PENDING, FIRING);
    if
    :: won ->
      assert(action[s] == use); /* its copy */
#if MUTANT == 7
      words[s] = word(use, PENDING);
#else
      step(s, use, FIRING, PENDING);
#endif
      if
      :: won -> won = false; inWheel[s] = true /* due again much later */
      :: else -> takeAction(s, use); recycle(s)
      fi
    :: else
    fi
  :: else
  fi
}

inline look() {
  if
  :: due -> /* Y5 */
    tryHold();
    if
    :: mine
    :: else ->
      awaited = true; /* Y4 */
      tryHold()
    fi;
    if
    :: mine ->
      emptyInbox();
      do
      :: s < SLOTS -> fireDue(s); s++
      :: else -> s = 0; break
      od;
      due = false; /* Y5 */
      letGo()
    :: else
    fi
  :: else
  fi
}

active proctype timekeeper() {
  byte use, at, s;
  byte taken;
  bool mine, won;
  do
  :: look();
    planned = true; /* Y5 */
#if MUTANT != 2
    look();
#endif
end:
    atomic { token -> token = false } /* P1 */
    planned = false /* Y5 */
  od
}

active proctype judge() {
  timeout ->
  assert(ended == 2 && !held);
  assert(fires + cancels == timers);
  assert(words[0] % 8 == FREE && words[1] % 8 == FREE && words[2] % 8 == FREE);
  assert(!inWheel[0] && !inWheel[1] && !inWheel[2] && !listed[0] && !listed[1] && !listed[2]);
  assert(action[0] == 0 && action[1] == 0 && action[2] == 0)
}
