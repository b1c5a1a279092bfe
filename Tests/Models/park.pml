// mutants: 1 2 3 4 5 6
// `Sleepers` and `Parker`: two producers that make a job each, two workers that run them and sleep when there are none,
// and a guest that twice takes a parked worker off the list, makes a job as that worker, lets the worker's own thread run a call, and puts it back.
//
// A producer's job is a plain store that waits in its buffer until it is drained, by time or by a worker's heavy fence. Checked: when nothing can move any more,
// every job has been run; a worker never gets a second token.

#define WORKERS 2
#define PRODUCERS 2
#define JOBS 1
#define VISITS 1

byte visible;              /* jobs that are in memory */
byte buffered[PRODUCERS];  /* jobs in a producer's buffer */
byte searching;            /* the word */
byte list[WORKERS];
byte listed;
byte token[WORKERS];
byte ran;
byte made;                 /* jobs of the guest */
byte ended;                /* producers */
byte visitor[WORKERS];     /* the guest is this worker */
byte call[WORKERS];        /* 1: to be run by the worker's own thread; 2: has been run */

inline drainAll() {
  d_step { visible = visible + buffered[0] + buffered[1]; buffered[0] = 0; buffered[1] = 0 }
}

inline wakeOne() {
  chosen = 255;
  atomic { /* S2 */
    if
    :: listed > 0 && searching == 0 -> listed--; chosen = list[listed]; list[listed] = 0; searching++
    :: else
    fi
  }
  if
  :: chosen != 255 -> atomic { assert(token[chosen] == 0); token[chosen] = 1; chosen = 255 } /* P1 */
  :: else
  fi
}

active proctype buffers() {
end:
  do
  :: atomic { buffered[0] > 0 -> buffered[0]--; visible++ }
  :: atomic { buffered[1] > 0 -> buffered[1]--; visible++ }
  od
}

active [PRODUCERS] proctype producer() {
  byte self = _pid - 1;
  byte mine, chosen;
  bool wants;
  do
  :: mine == JOBS -> break
  :: else ->
    mine++;
#if MUTANT == 3
    wants = listed > 0 && searching == 0;
    buffered[self]++;
#else
    buffered[self]++;                     /* S1 */
    wants = listed > 0 && searching == 0;
#endif
    if :: wants -> wants = false; wakeOne() :: else fi
  od;
  atomic { mine = 0; ended++ }
}

active [WORKERS] proctype worker() {
  byte self = _pid - 1 - PRODUCERS;
  byte chosen;
  bool found, last;
start:
  searching++; /* S2 */
search:
  atomic {
    if :: visible > 0 -> visible--; found = true :: else -> found = false fi
  }
  if
  :: found ->
    atomic { found = false; searching--; last = searching == 0 && listed > 0 } /* S2 */
    if
    :: last ->
      last = false;
      drainAll(); /* S1 */ // so that the job need not wait until this worker searches again
      if :: visible > 0 -> wakeOne() :: else fi
    :: else
    fi;
    atomic { ran++; goto start }
  :: else
  fi;
#if MUTANT == 2
  if :: visible > 0 -> goto search :: else fi;
#endif
  atomic { searching--; list[listed] = self; listed++ } /* S2 */
#if MUTANT != 1
  drainAll(); /* S1 */
#endif
#if MUTANT != 2
  if :: visible > 0 -> wakeOne() :: else fi;
#endif
#if MUTANT == 6
  if
  :: call[self] == 1 -> call[self] = 2
  :: else
  fi;
#endif
end:
  atomic { token[self] == 1 -> token[self] = 0 } /* P1 */
  if
  :: call[self] == 1 ->
    assert(visitor[self] == 1);
    call[self] = 2; /* P1 */
    goto end
  :: else
  fi;
  assert(visitor[self] == 0);
  goto search
}

active proctype guest() {
  byte visits, me, chosen;
  do
  :: visits == VISITS -> break
  :: else ->
    atomic { /* S2 */
      visits++;
      me = 255;
      if
      :: listed > 0 -> listed--; me = list[listed]; list[listed] = 0; visitor[me] = 1; visible++; made++ // its job is queued on its own queue: nobody is woken
      :: else
      fi
    }
    if
    :: me != 255 ->
      if // its stack is used up, or not
      :: atomic { call[me] = 1; assert(token[me] == 0); token[me] = 1 } /* P1 */
        atomic { call[me] == 2 -> call[me] = 0 } /* P1 */
      :: skip
      fi;
#if MUTANT == 5
      atomic { list[listed] = me; listed++ } /* S2 */
      drainAll(); /* S1 */
      if :: visible > 0 -> wakeOne() :: else fi;
      visitor[me] = 0
#else
      visitor[me] = 0;
      atomic { list[listed] = me; listed++ } /* S2 */
#if MUTANT != 4
      drainAll(); /* S1 */
      if :: visible > 0 -> wakeOne() :: else fi
#endif
#endif
    :: else
    fi;
    me = 255
  od
}

active proctype judge() {
  timeout -> assert(ended == PRODUCERS && ran == JOBS * PRODUCERS + made && visible == 0)
}
