// mutants: 1 2 3
// `ForkDeque`: one owner and two thieves, over cells that are used again with the same function word.
//
// The owner's plain stores wait in a buffer that a process of its own drains in order (total store order); its compare-exchanges and a thief's heavy fence
// drain it first. Checked: every job is run once; the owner goes on only when a stolen job is done; a sleeping owner gets exactly one token.

#define EMPTY 0
#define READY 1
#define DONE 2
#define CLAIMED(thief) (10 + thief)
#define STOLEN(thief) (20 + thief)
#define AWAITED(thief) (30 + thief)

#define NEXT 0
#define STATE(cell) (1 + cell)
#define CONTEXT(cell) (3 + cell)

byte memory[5];
chan buffer = [4] of { byte, byte };
byte waiting[5]; /* stores to a place that are still in the buffer */
byte newest[5];  /* the last of them */
byte token;
byte ran[4];     /* by job */
byte finished[4];

#define JOBS 3

inline store(place, value) {
  atomic { nfull(buffer) -> buffer ! place, value; waiting[place]++; newest[place] = value }
}

inline load(place, result) {
  atomic { if :: waiting[place] > 0 -> result = newest[place] :: else -> result = memory[place] fi }
}

inline drain() {
  d_step {
    do
    :: len(buffer) > 0 -> buffer ? drainedPlace, drainedValue; memory[drainedPlace] = drainedValue; waiting[drainedPlace]--
    :: else -> break
    od;
    drainedPlace = 0; drainedValue = 0
  }
}

inline execute(job) {
  atomic { ran[job]++; assert(ran[job] == 1) }
  finished[job] = 1
}

active proctype buffers() {
  byte place, value;
end:
  do
  :: atomic { buffer ? place, value -> memory[place] = value; waiting[place]--; place = 0; value = 0 }
  od
}

inline fork(cell, job) {
  store(CONTEXT(cell), job);
  store(STATE(cell), READY);   /* F1 */
  store(NEXT, cell + 1)        /* F2 */
}

inline joinCell(cell, job) {
  store(NEXT, cell);           /* F3 */
  load(STATE(cell), seen);
  if
  :: seen == READY -> execute(job)
  :: else ->
    do
    :: load(STATE(cell), seen);
      if
      :: seen == READY -> execute(job); break
      :: seen >= 10 && seen < 20 ->
        atomic { drain();      /* F4 */
          if
          :: memory[STATE(cell)] == seen -> memory[STATE(cell)] = EMPTY; won = true
          :: else -> won = false
          fi }
        if :: won -> execute(job); break :: else fi
      :: else ->
        store(NEXT, cell + 1); /* F2 */
        do
        :: load(STATE(cell), seen);
          if
          :: seen == DONE -> break
          :: else ->
            if
            :: skip            /* looks again */
            :: atomic { drain(); /* F5 */
                if
                :: memory[STATE(cell)] == seen -> memory[STATE(cell)] = seen + 10; won = true
                :: else -> won = false
                fi }
              if
              :: won -> atomic { token > 0 -> token--; assert(token == 0) }
                load(STATE(cell), seen);
                assert(seen == DONE)
              :: else
              fi
            fi
          fi
        od;
        assert(finished[job]);
        store(NEXT, cell);
        break
      fi
    od
  fi;
  assert(ran[job] == 1)
}

active proctype owner() {
  byte seen, drainedPlace, drainedValue;
  bool won;
  fork(0, 0);
  if
  :: fork(1, 1); joinCell(1, 1)
  :: ran[1] = 1
  fi;
  joinCell(0, 0);
  fork(0, 2);
  joinCell(0, 2);
  assert(token == 0)
}

active [2] proctype thief() {
  byte cell, previous, context, tries, drainedPlace, drainedValue;
  bool won;
  byte self = _pid;
  do
  :: tries == 2 -> break
  :: tries < 2 ->
    tries++;
    if :: cell = 0 :: cell = 1 fi;
    atomic {                   /* F1 */
      if
      :: memory[NEXT] > cell && memory[STATE(cell)] == READY -> memory[STATE(cell)] = CLAIMED(self); won = true
      :: memory[STATE(cell)] == READY -> memory[STATE(cell)] = CLAIMED(self); won = true /* the look at `next` was of long ago */
      :: else -> won = false
      fi }
    if
    :: won ->
#if MUTANT != 1
      drain();                 /* F3 */
#endif
      if
#if MUTANT == 2
      :: true ->
#else
      :: memory[NEXT] > cell -> /* F2 */
#endif
        atomic {               /* F4 */
          if
          :: memory[STATE(cell)] == CLAIMED(self) -> memory[STATE(cell)] = STOLEN(self); won = true
          :: else -> won = false
          fi }
        if
        :: won ->
          context = memory[CONTEXT(cell)];
          execute(context);
          atomic { previous = memory[STATE(cell)]; memory[STATE(cell)] = DONE } /* F5 */
          if :: previous == AWAITED(self) -> token++ :: else -> assert(previous == STOLEN(self)) fi
        :: else
        fi
#if MUTANT != 2
      :: else ->
#if MUTANT == 3
        memory[STATE(cell)] = READY
#else
        atomic {               /* F1 */
          if
          :: memory[STATE(cell)] == CLAIMED(self) -> memory[STATE(cell)] = READY
          :: else
          fi }
#endif
#endif
      fi
    :: else
    fi
  od
}
