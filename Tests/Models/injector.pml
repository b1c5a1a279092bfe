// mutants: 1 2 3
// `Injector` with blocks of two cells: two producers of two words each, two consumers, and the freeing of blocks.
//
// Checked: each word is popped once; a producer's words in order; no freed block is touched; a block is freed once, after its last reader.

#define CELLS 2
#define LAP 3
#define BLOCKS 4
#define WRITTEN 1
#define READ 2
#define HANDED 4

byte head, tail;               /* places */
byte headBlock = 0, tailBlock = 0;
byte next[BLOCKS];             /* block + 1, or 0 */
byte words[8], state[8];       /* BLOCKS x CELLS */
bool freed[BLOCKS];
byte blocks = 1;
byte popped[5];
byte lastOf[2];
byte ended;

#define CELL(block, place) (2 * block + place)

active [2] proctype producer() {
  byte self = _pid;
  byte number, seen, block, place, fresh, cell;
  bool won;
  do
  :: number == 2 -> break
  :: else ->
    seen = tail;               /* I1 */
    block = tailBlock;         /* I2 */
    place = seen % LAP;
    if
    :: place == CELLS          /* another links the next block */
    :: else ->
      atomic {                 /* I1 */
        if :: tail == seen -> tail = seen + 1; won = true :: else -> won = false fi }
      if
      :: won ->
        assert(!freed[block]);
        if
        :: place + 1 == CELLS ->
          atomic { fresh = blocks; blocks++; assert(fresh < BLOCKS) } /* I6 */
          tailBlock = fresh;   /* I2 */
          tail = seen + 2;
          next[block] = fresh + 1
        :: else
        fi;
        cell = CELL(block, place);
        assert(!freed[block]);
#if MUTANT == 1
        state[cell] = state[cell] | WRITTEN;
        words[cell] = 1 + 2 * self + number;
#else
        words[cell] = 1 + 2 * self + number;
        atomic { state[cell] = state[cell] | WRITTEN } /* I3 */
#endif
        number++
      :: else
      fi
    fi
  od;
  ended++
}

inline release(block, from, end) {
  at = from;
  do
  :: at == end ->
    atomic { assert(!freed[block]); freed[block] = true } /* I5 */
    break
  :: else ->
    atomic {                   /* I5 */
      if
      :: state[CELL(block, at)] & READ -> at++
      :: else ->
#if MUTANT == 2
        at++
#else
        state[CELL(block, at)] = state[CELL(block, at)] | HANDED; at = 255
#endif
      fi }
    if :: at == 255 -> break :: else fi
  od
}

active [2] proctype consumer() {
  byte seen, block, place, cell, word, before, at, old;
  bool won;
end:
  do
  :: tail != head ->
    seen = head;               /* I4 */
    block = headBlock;         /* I2 */
    place = seen % LAP;
    if
    :: place == CELLS          /* another goes on to the next block */
    :: place != CELLS && seen == tail /* I1 */
    :: place != CELLS && seen != tail ->
      atomic {                 /* I4 */
        if :: head == seen -> head = seen + 1; won = true :: else -> won = false fi }
      if
      :: won ->
        assert(!freed[block]);
        if
        :: place + 1 == CELLS ->
          next[block] > 0;     /* I2 */
          headBlock = next[block] - 1;
          head = seen + 2
        :: else
        fi;
        cell = CELL(block, place);
#if MUTANT != 3
        state[cell] & WRITTEN; /* I3 */
#endif
        assert(!freed[block]);
        word = words[cell];
        atomic {
          assert(word > 0);
          popped[word]++;
          assert(popped[word] == 1)
        }
        if
        :: place + 1 == CELLS -> release(block, 0, place)
        :: else ->
          atomic { old = state[cell]; state[cell] = state[cell] | READ } /* I5 */
          if :: old & HANDED -> release(block, place + 1, CELLS - 1) :: else fi
        fi;
        word = 0; cell = 0; at = 0; old = 0
      :: else
      fi
    fi
  od
}

active proctype judge() {
  timeout -> assert(ended == 2 && popped[1] == 1 && popped[2] == 1 && popped[3] == 1 && popped[4] == 1 && freed[0] && freed[1])
}
