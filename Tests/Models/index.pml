// mutants: 1 2 3 4 5 6 7 8 9
// `IndexDeque`: one owner that pushes, pops and grows, and two thieves that take half, over cells that are used again.
//
// The owner's plain stores wait in a buffer that a process of its own drains in order (total store order); taking the lock and a thief's heavy fence drain it first.
// A thief's stores are seen at once: it holds the lock from before the first to after the last. Checked: every index is run once, and none is left.

#define FIRST_CAPACITY 4
#define CAPACITY 8
#define BEFORE 3    /* pushed before the thieves come */
#define PUSHES 6    /* in all */
#define POPS 3      /* before the owner only pops */

#define TAIL 0
#define CELL(index) (1 + ((index) & mask) + (mask == CAPACITY - 1 -> FIRST_CAPACITY : 0))

byte memory[13];
chan buffer = [3] of { byte, byte };
byte waiting[13];  /* stores to a place that are still in the buffer */
byte newest[13];   /* the last of them */
byte mask = FIRST_CAPACITY - 1; /* with it the buffer: written by the owner under the lock */
byte head, taken;
bool locked;
byte limit = FIRST_CAPACITY;    /* the owner's own */
byte ran;          /* a bit for each index */

inline store(place, value) {
  atomic { nfull(buffer) -> buffer ! place, value; waiting[place]++; newest[place] = value }
}

inline load(place, result) {
  d_step { if :: waiting[place] > 0 -> result = newest[place] :: else -> result = memory[place] fi }
}

inline drain() {
  do
  :: len(buffer) > 0 -> buffer ? place, value; memory[place] = value; waiting[place]--
  :: else -> break
  od;
  place = 0; value = 0
}

inline lock() { atomic { !locked -> locked = true } }

inline execute(index) {
  d_step { assert(!(ran & (1 << index))); ran = ran | (1 << index) }
}

active proctype buffers() {
  byte place, value;
end:
  do
  :: atomic { buffer ? place, value -> memory[place] = value; waiting[place]--; place = 0; value = 0 }
  od
}

inline push() {
  load(TAIL, end);
  if
  :: end == limit ->
#if MUTANT == 4
    limit = head + mask + 1;
#else
    limit = taken + mask + 1;      /* K3 */
#endif
    if
    :: end == limit ->
      atomic { !locked -> locked = true; drain() }
      d_step { /* the new buffer is nobody else's until the lock is let go */
        index = head;
        do
        :: index < end -> memory[1 + FIRST_CAPACITY + (index & (CAPACITY - 1))] = memory[CELL(index)]; index++
        :: else -> break
        od;
        index = 0
      }
      mask = CAPACITY - 1;
      limit = head + CAPACITY;
      locked = false
    :: else
    fi
  :: else
  fi;
#if MUTANT == 8
  store(TAIL, end + 1);
  store(CELL(end), pushed)
#else
  store(CELL(end), pushed);
  store(TAIL, end + 1)             /* K1 */
#endif
  ; d_step { pushed++; end = 0 }
}

inline pop() {
  d_step { if :: waiting[TAIL] > 0 -> last = newest[TAIL] :: else -> last = memory[TAIL] fi; found = true }
  if
#if MUTANT == 9
  :: head >= last -> found = false /* a thief that has announced more than there is will retreat */
#else
  :: taken >= last -> found = false
#endif
  :: else ->
    last--;
#if MUTANT == 2
    first = head;
    store(TAIL, last);             /* K2 */
#else
    store(TAIL, last);             /* K2 */
    first = head;
#endif
    if
    :: first > last ->
#if MUTANT == 5
      found = false
#else
      atomic { !locked -> locked = true; drain() }
      if
      :: head > last ->
#if MUTANT != 6
        store(TAIL, head);
#endif
        found = false
      :: else
      fi;
      locked = false
#endif
    :: else
    fi;
    if
    :: found -> load(CELL(last), index); execute(index)
    :: else
    fi
  fi;
  d_step { last = 0; first = 0; index = 0 }
}

active proctype owner() {
  byte place, value, pushed, popped, end, index, last, first;
  bool found;
  d_step {
    do
    :: pushed < BEFORE -> memory[CELL(pushed)] = pushed; pushed++
    :: else -> break
    od;
    memory[TAIL] = BEFORE
  }
  do
  :: pushed < PUSHES -> push()
  :: popped < POPS -> popped++; pop()
  :: pushed == PUSHES -> break
  od;
  do
  :: pop(); if :: !found -> break :: else fi
  od
}

active [2] proctype thief() {
  byte place, value, end, index, last, first, tries;
  do
  :: tries == 2 -> break
  :: tries < 2 ->
    tries++;
    lock();
    d_step { first = head; end = memory[TAIL] }
    if
    :: end > first ->
      if
      :: end = first + (end - first + 1) / 2
      :: end = first + 1 /* no room for more, or the look was of long ago */
      fi;
#if MUTANT == 3
      last = memory[TAIL];
#endif
      head = end;
#if MUTANT != 1
      atomic { drain() }           /* K2 */
#endif
#if MUTANT != 3
      last = memory[TAIL];         /* K1 */
#endif
#if MUTANT != 7
      if
      :: last < end ->
        end = (first > last -> first : last);
        head = end
      :: else
      fi;
#endif
      if
      :: first < end ->
        do
        :: first < end -> last = memory[CELL(first)]; execute(last); first++
        :: else -> break
        od;
        taken = end                /* K3 */
      :: else
      fi
    :: else
    fi;
    locked = false;
    d_step { end = 0; index = 0; last = 0; first = 0 }
  od
}

active proctype judge() {
  timeout -> assert(ran == (1 << PUSHES) - 1 && !locked && head == memory[TAIL])
}
