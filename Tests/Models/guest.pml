// mutants: 1 2 3 4
// `Sleepers`, when a guest puts a worker back with a full fence only: a producer outside, a worker that makes a job while it runs, and then sleeps for good or runs on for ever,
// a guest that twice is the other worker, which runs jobs and sleeps when there are none. `park.pml` is about all else.
//
// A job is a plain store that waits in its producer's buffer until it is drained: by time, by the producer's own fence, or by anybody's heavy fence.
// Checked: when nothing can move any more, every job has been run.

#define VISITS 2

byte visible;        /* jobs that are in memory */
bool outside, own;   /* jobs in the buffers of the producer outside, of the worker that runs */
byte searching;      /* the word */
bool isListed;       /* the other worker is on the list */
bool isRunning = true; /* the worker that makes a job is not parked */
bool token;
byte ran, made;

inline drainOutside() { d_step { visible = visible + outside; outside = false } }
inline drainAll() { d_step { visible = visible + outside + own; outside = false; own = false } }

inline wakeOne() {
  atomic { /* S2 */
    if
    :: isListed && searching == 0 -> isListed = false; searching++; assert(!token); token = true
    :: else
    fi
  }
}

active proctype buffers() {
end:
  do
  :: atomic { outside -> outside = false; visible++ }
  :: atomic { own -> own = false; visible++ }
  od
}

active proctype producer() {
  bool wants;
  outside = true; made++;
#if MUTANT != 1
  drainOutside();                   /* S1 */
#endif
  wants = isListed && searching == 0;
  if :: wants -> wakeOne() :: else fi
}

active proctype runner() {
  bool wants;
  own = true; made++;               /* S1 */
  wants = isListed && searching == 0;
  if :: wants -> wakeOne() :: else fi;
  if
  :: true // its job takes for ever
  :: isRunning = false; /* S2 */
#if MUTANT != 2
    drainAll(); /* S1 */
    if :: visible > 0 -> wakeOne() :: else fi
#endif
  fi
}

active proctype worker() {
  bool last;
start:
  searching++; /* S2 */
search:
  if
  :: atomic { visible > 0 -> visible--; ran++; searching--; last = searching == 0 && isListed } /* S2 */
    if
    :: last -> drainAll(); /* S1 */ if :: visible > 0 -> wakeOne() :: else fi
    :: else
    fi;
    last = false;
    goto start
  :: else
  fi;
  atomic { searching--; isListed = true } /* S2 */
  drainAll(); /* S1 */
  if :: visible > 0 -> wakeOne() :: else fi;
end:
  atomic { token -> token = false } /* P1 */
  goto search
}

active proctype guest() {
  byte visits;
  bool others;
  do
  :: visits == VISITS -> break
  :: else ->
    if
    :: atomic { isListed -> isListed = false } /* S2 */
      atomic { isListed = true; others = isRunning || searching > 0 } /* S2 */
#if MUTANT != 4
      if
#if MUTANT != 3
      :: others -> drainAll() /* S1 */
#endif
      :: else /* S1 */
      fi;
      if :: visible > 0 -> wakeOne() :: else fi
#endif
    :: else
    fi;
    atomic { visits++; others = false }
  od
}

active proctype judge() {
  timeout -> assert(ran == made && visible == 0)
}
