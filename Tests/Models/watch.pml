// mutants: 1 2
// The watch over kept jobs (`Scheduler.jobWasKept`, `keepWatch`): a worker that is woken queues its only job without waking anybody, because a parked worker
// keeps watch, and then runs on for ever; the watching worker meanwhile decides that nobody runs, and goes to sleep for good.
//
// Checked: the job is found.

bool isWatched;
bool isRunning;     /* the first worker is neither parked nor searching */
bool visible, buffered;
byte token;         /* the watcher's */
bool isListed;      /* the watcher is on the list of parked workers */
bool found;

inline drainAll() { d_step { visible = visible || buffered; buffered = false } }

inline wakeWatcher() {
  taken = false;
  atomic { if :: isListed -> isListed = false; taken = true :: else fi } /* S2 */
  if :: taken -> token++ :: else fi
}

active proctype buffers() {
end:
  atomic { buffered -> buffered = false; visible = true }
}

active proctype runner() {
  bool taken;
  isRunning = true;
  buffered = true;   /* S3 */
  if
  :: !isWatched -> wakeWatcher()
  :: else
  fi
  /* and runs on */
}

active proctype watcher() {
  bool taken;
  isListed = true;   /* S2 */
  drainAll();        /* S1 */
  if :: visible -> wakeWatcher() :: else fi;
  isWatched = true;  /* S3 */
  do
  :: !isRunning -> break
  :: token > 0 -> goto woken
  :: isRunning && visible -> wakeWatcher()
  od;
#if MUTANT == 2
  if :: visible -> wakeWatcher() :: else fi;
  isWatched = false;
#else
  isWatched = false; /* S3 */
  drainAll();        /* S3 */
#if MUTANT != 1
  if :: visible -> wakeWatcher() :: else fi;
#endif
#endif
end:
  token > 0;
woken:
  token--;
  isWatched = false;
  atomic { (visible || buffered) -> drainAll(); found = visible }
}

active proctype judge() {
  timeout -> assert(found)
}
