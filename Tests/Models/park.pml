// mutants: 1 2 3
// `Sleepers` and `Parker`: two producers that make two jobs each, two workers that run them and sleep when there are none.
//
// A producer's job is a plain store that waits in its buffer until it is drained, by time or by a worker's heavy fence. Checked: when nothing can move any more,
// every job has been run; a worker never gets a second token.

#define WORKERS 2
#define PRODUCERS 2

byte visible;              /* jobs that are in memory */
byte buffered[PRODUCERS];  /* jobs in a producer's buffer */
byte searching;            /* the word */
byte list[WORKERS];
byte listed;
byte token[WORKERS];
byte ran;
byte ended;                /* producers */

inline drainAll() {
  d_step { visible = visible + buffered[0] + buffered[1]; buffered[0] = 0; buffered[1] = 0 }
}

inline wakeOne() {
  chosen = 255;
  atomic { /* S2 */
    if
    :: listed > 0 && searching == 0 -> listed--; chosen = list[listed]; searching++
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
  byte made, chosen;
  bool wants;
  do
  :: made == 2 -> break
  :: else ->
    made++;
#if MUTANT == 3
    wants = listed > 0 && searching == 0;
    buffered[self]++;
#else
    buffered[self]++;                     /* S1 */
    wants = listed > 0 && searching == 0;
#endif
    if :: wants -> wakeOne() :: else fi
  od;
  ended++
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
    atomic { searching--; last = searching == 0 } /* S2 */
    if
    :: last && listed > 0 ->
      drainAll(); /* S1 */ // so that the job need not wait until this worker searches again
      if :: visible > 0 -> wakeOne() :: else fi
    :: else
    fi;
    ran++;
    goto start
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
end:
  atomic { token[self] == 1 -> token[self] = 0 } /* P1 */
  goto search
}

active proctype judge() {
  timeout -> assert(ended == PRODUCERS && ran == 2 * PRODUCERS && visible == 0)
}
