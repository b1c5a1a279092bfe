// mutants: 1 2 3 4
// `TimerShard`, `Timer` and `Timekeeper`: two clients that schedule a timer each, due at once, and perhaps cancel it, and the timekeeper that fires.
//
// All accesses are sequentially consistent here. In the code those to a timer's state and its flag only acquire and release; each is decided in one exchange. Checked: when nothing can move any more, each timer has fired once or been cancelled, and none is left in
// the wheel or in the inbox; who holds the wheel is alone.

#define CLIENTS 2
#define IDLE 0
#define PENDING 1
#define FIRED 2
#define CANCELLED 3

byte state[CLIENTS];
bool inWheel[CLIENTS];
bool flagged[CLIENTS];  /* isInInbox */
bool listed[CLIENTS];   /* really in the inbox */
bool held, awaited;
bool due;               /* the shard's next look is now; else never */
bool planned;           /* the timekeeper sleeps, or is about to; else it will look */
bool token;
byte fires[CLIENTS];
byte ended;

inline wake() {
  atomic { if :: planned -> planned = false; token = true :: else fi } /* Y5, P1 */
}

inline tryHold() {
  atomic { mine = !held; held = true } /* Y4 */
}

inline apply(t) {
  if
  :: state[t] == PENDING && !inWheel[t] -> /* Y2 */
    inWheel[t] = true;
    if
    :: !due -> due = true; /* Y5 */ wake()
    :: else
    fi
  :: state[t] == CANCELLED && inWheel[t] -> inWheel[t] = false
  :: else
  fi
}

inline emptyInbox() {
  d_step { taken0 = listed[0]; taken1 = listed[1]; listed[0] = false; listed[1] = false } /* Y3 */
  if :: taken0 -> flagged[0] = false; /* Y3 */ apply(0) :: else fi;
  if :: taken1 -> flagged[1] = false; /* Y3 */ apply(1) :: else fi;
  d_step { taken0 = false; taken1 = false }
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
    :: listed[0] || listed[1] -> /* Y3 */
      tryHold();
      if :: mine -> mine = false :: else -> break fi
    :: else -> break
    fi
#endif
  od;
  mine = false
}

inline settle(t) {
  tryHold();
  if
  :: mine -> apply(t); letGo()
  :: else ->
    atomic { isNew = !flagged[t]; flagged[t] = true } /* Y3 */
    if :: isNew -> listed[t] = true /* Y3 */ :: else fi;
    isNew = false;
#if MUTANT != 4
    tryHold();
    if :: mine -> letGo() :: else fi
#endif
  fi
}

active [CLIENTS] proctype client() {
  byte t = _pid;
  bool mine, isNew, taken0, taken1, won;
  state[t] = PENDING; /* Y1 */
  settle(t);
  if
  :: atomic { won = state[t] == PENDING; if :: won -> state[t] = CANCELLED :: else fi } /* Y1 */
    if :: won -> settle(t) :: else fi
  :: skip
  fi;
  ended++
}

inline fireDue(t) {
  if
  :: inWheel[t] ->
    inWheel[t] = false;
    atomic { if :: state[t] == PENDING -> state[t] = FIRED; fires[t]++ :: else fi } /* Y1 */
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
      fireDue(0);
      fireDue(1);
      due = false; /* Y5 */
      letGo()
    :: else
    fi
  :: else
  fi
}

active proctype timekeeper() {
  bool mine, taken0, taken1;
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
  assert(ended == CLIENTS && !held);
  assert(state[0] != PENDING && state[1] != PENDING);
  assert(fires[0] == (state[0] == FIRED) && fires[1] == (state[1] == FIRED));
  assert(!inWheel[0] && !inWheel[1] && !listed[0] && !listed[1])
}
