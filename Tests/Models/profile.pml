// mutants: 1 2 3 4 5 6
// `ProfileRing` and `ProfileRecorder`: a ring of two events of two words, written over while somebody reads it.
//
// Two cases. A worker makes its ring, writes to it and shows it (R4). Or a session makes a recorder with a ring for outside threads, shows it (R3), and two of them write in turn (R5).
// A thread's stores wait in a buffer. A relaxed one leaves it whenever no earlier store to the same place waits, a releasing one only when no earlier one waits at all, so each
// label is an ordering that a mutant can take away. Memory is rubbish before it is set. Checked: an event that is kept is whole and in its place; each is kept or counted as lost,
// once; the last read reaches the end.

#define EVENTS 4        /* a worker's; and of both outside threads together */
#define BUFFER 5

#define BEGUN 0
#define WRITTEN 1
#define WORD(index, word) (2 + (index % 2) * 2 + word)
#define TAKEN 6
#define SHOWN 7

#define RELAXED 0
#define RELEASING 1

byte mem[8];

typedef Stores { byte place[BUFFER]; byte value[BUFFER]; bool releasing[BUFFER]; byte count };
Stores stores[3];
byte dropped, ended;
bool isWorker;          /* the first case */

inline store(who, where, what, how) {
  atomic {
    stores[who].count < BUFFER ->
    stores[who].place[stores[who].count] = where;
    stores[who].value[stores[who].count] = what;
    stores[who].releasing[stores[who].count] = how;
    stores[who].count++
  }
}

/* What the thread itself sees: its own last store, or else memory. */
inline load(who, where, result) {
  d_step {
    result = mem[where];
    step = 0;
    do
    :: step == stores[who].count -> break
    :: else ->
      if :: stores[who].place[step] == where -> result = stores[who].value[step] :: else fi;
      step++
    od;
    step = 0
  }
}

/* Whether the store at `chosen` may leave the buffer. */
inline mayLeave(who) {
  leaves = true;
  step = 0;
  do
  :: step == chosen -> break
  :: else ->
    if
    :: stores[who].releasing[chosen] || stores[who].place[step] == stores[who].place[chosen] -> leaves = false
    :: else
    fi;
    step++
  od
}

proctype drain(byte who) {
  byte chosen, step;
  bool leaves;
end:
  do
  :: atomic { stores[who].count > 0 ->
      chosen = 0;
      do
      :: chosen + 1 < stores[who].count -> chosen++
      :: break
      od;
      d_step {
        mayLeave(who);
        if
        :: leaves ->
          mem[stores[who].place[chosen]] = stores[who].value[chosen];
          step = chosen;
          do
          :: step + 1 >= stores[who].count -> break
          :: else ->
            stores[who].place[step] = stores[who].place[step + 1];
            stores[who].value[step] = stores[who].value[step + 1];
            stores[who].releasing[step] = stores[who].releasing[step + 1];
            step++
          od;
          stores[who].count--;
          stores[who].place[stores[who].count] = 0;
          stores[who].value[stores[who].count] = 0;
          stores[who].releasing[stores[who].count] = 0
        :: else
        fi;
        chosen = 0; step = 0; leaves = false
      } }
  od
}

inline makeRing(who) {
  store(who, BEGUN, 0, RELAXED);
  store(who, WRITTEN, 0, RELAXED)
}

inline write(who) {
  load(who, BEGUN, index);
  assert(index < EVENTS);
  store(who, BEGUN, index + 1, RELAXED);
  store(who, WORD(index, 0), index + 1, (MUTANT == 1 -> RELAXED : RELEASING));  /* R1 */
  store(who, WORD(index, 1), index + 1, (MUTANT == 1 -> RELAXED : RELEASING));  /* R1 */
  store(who, WRITTEN, index + 1, (MUTANT == 2 -> RELAXED : RELEASING))          /* R2 */
}

proctype worker() {
  byte index, step, count;
  makeRing(1);
  write(1);
  store(1, SHOWN, 1, (MUTANT == 5 -> RELAXED : RELEASING));                     /* R4 */
  do
  :: count == EVENTS - 1 -> break
  :: else -> write(1); count++
  od;
  stores[1].count == 0;
  ended = 2
}

proctype outsider(byte who) {
  byte index, step, count;
  bool wasTaken;
  mem[SHOWN] == 1;                                                              /* R3 */
  do
  :: count == EVENTS / 2 -> break
  :: else ->
    count++;
    /* An exchange comes after the thread's own stores to the same place. */
    atomic { stores[who].count == 0; wasTaken = mem[TAKEN]; mem[TAKEN] = 1 }  /* R5 */
    if
    :: wasTaken -> atomic { dropped++ }
    :: else ->
      write(who);
      store(who, TAKEN, 0, (MUTANT == 6 -> RELAXED : RELEASING))                /* R5 */
    fi
  od;
  stores[who].count == 0;
  atomic { ended++ }
}

/* `ProfileRing.read`. */
inline read() {
  finish = mem[WRITTEN];                                                        /* R2 */
  assert(finish <= EVENTS);
  from = (finish > first + 2 -> finish - 2 : first);
  if
  :: from < finish ->
#if MUTANT == 3
    begun = mem[BEGUN];
#endif
    index = from;
    do
    :: index == finish -> break
    :: else ->
      copy[WORD(index, 0)] = mem[WORD(index, 0)];                               /* R1 */
      copy[WORD(index, 1)] = mem[WORD(index, 1)];                               /* R1 */
      index++
    od;
#if MUTANT != 3
    begun = mem[BEGUN];
#endif
    skip;
    d_step {
      assert(begun <= EVENTS);
      safe = (begun > 2 -> begun - 2 : 0);
      safe = (safe < from -> from : (safe > finish -> finish : safe));
      lost = lost + safe - first;
      index = safe;
      do
      :: index == finish -> break
      :: else ->
        assert(copy[WORD(index, 0)] == index + 1 && copy[WORD(index, 1)] == index + 1);
        kept++;
        index++
      od;
      first = finish;
      begun = 0; safe = 0; index = 0; finish = 0; from = 0;
      copy[2] = 0; copy[3] = 0; copy[4] = 0; copy[5] = 0
    }
  :: else -> atomic { finish = 0; from = 0 }
  fi
}

proctype session() {
  byte step, finish, from, index, begun, safe, first, kept, lost, looks;
  byte copy[6];
  if
  :: isWorker
  :: else ->
    makeRing(0);
    store(0, TAKEN, 0, RELAXED);
    store(0, SHOWN, 1, (MUTANT == 4 -> RELAXED : RELEASING))                    /* R3 */
  fi;
  do
  :: looks == 2 -> break
  :: looks < 2 ->
    looks++;
    if
    /* The session knows its recorder without looking; that its own stores are seen is all it waits for. */
    :: mem[SHOWN] == 1 && (isWorker || stores[0].count == 0) -> read()          /* R4 */
    :: mem[SHOWN] == 0
    fi
  od;
  ended == 2;
  read();
  assert(first == EVENTS - dropped);
  assert(kept + lost == first)
}

init {
  atomic {
    if :: isWorker = true :: isWorker = false fi;
    mem[BEGUN] = 77; mem[WRITTEN] = 77; mem[2] = 77; mem[3] = 77; mem[4] = 77; mem[5] = 77; mem[TAKEN] = 77;
    run drain(0); run drain(1); run drain(2);
    run session();
    if
    :: isWorker -> run worker()
    :: else -> run outsider(1); run outsider(2)
    fi
  }
}
