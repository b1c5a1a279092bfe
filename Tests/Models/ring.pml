// mutants: 1 2
// `JobRing`: the owner pushes four words and takes, two others take; the ring begins with two places and grows.
//
// The owner's plain stores (a cell, `bottom`) wait in a buffer that is drained in order. Checked: each word is taken at most once, and at the end all have been.

#define WORDS 4

byte cells[12];        /* buffers of 2, 4 and 8 places, one after the other */
byte current;          /* 0: the buffer of 2 places, 1: of 4 */
byte top, bottom;
byte taken[5];
byte pushed;
byte ownBottom;

#define MASK(which) (which == 0 -> 1 : 3)
#define PLACE(which, index) ((which == 0 -> 0 : 2) + (index & MASK(which)))

/* A store in the buffer: which cell (255: bottom; 254: the buffer), and the value. */
chan buffer = [8] of { byte, byte };

active proctype buffers() {
  byte place, value;
end:
  do
  :: atomic { buffer ? place, value ->
      if
      :: place == 255 -> bottom = value
      :: place == 254 -> current = value
      :: else -> cells[place] = value
      fi;
      place = 0; value = 0 }
  od
}

inline take(reader) {
  first = top;                                 /* D3 */
  do
  :: true ->
    if :: bottom <= first -> break :: else fi; /* D1 */
    which = current;                           /* D2 */
#if MUTANT != 1
    word = cells[PLACE(which, first)];
#endif
    atomic {                                   /* D3 */
      if
      :: top == first -> top = first + 1; won = true
      :: else -> won = false; first = top
      fi }
    if
    :: won ->
#if MUTANT == 1
      word = cells[PLACE(which, first)];
#endif
      atomic { assert(word > 0 && word <= WORDS); taken[word]++; assert(taken[word] == 1) }
      break
    :: else
    fi
  od
}

active proctype owner() {
  byte first, which, word, seen, index, mine;
  bool won;
  do
  :: pushed == WORDS -> break
  :: else ->
    seen = top;                                /* D3 */
    if
    :: mine == 0 && ownBottom - seen > 1 ->
      index = seen;
#if MUTANT == 2
      buffer ! 254, 1;
#endif
      do
      :: index < ownBottom ->
        /* a simplification: the owner's buffer is drained before it copies, so fewer interleavings are seen */
        empty(buffer) || MUTANT == 2;
        buffer ! PLACE(1, index), cells[PLACE(0, index)];
        index++
      :: else -> break
      od;
#if MUTANT != 2
      buffer ! 254, 1;                         /* D2 */
#endif
      mine = 1
    :: else
    fi;
    pushed++;
    buffer ! PLACE(mine, ownBottom), pushed;
    ownBottom++;
    buffer ! 255, ownBottom                    /* D1 */
  od;
  empty(buffer);
  do
  :: top == bottom -> break
  :: else -> take(0)
  od;
  assert(taken[1] + taken[2] + taken[3] + taken[4] >= 2)
}

active [2] proctype taker() {
  byte first, which, word, tries;
  bool won;
  do
  :: tries == 3 -> break
  :: else -> tries++; take(1)
  od
}

active proctype judge() {
  timeout -> assert(taken[1] == 1 && taken[2] == 1 && taken[3] == 1 && taken[4] == 1)
}
