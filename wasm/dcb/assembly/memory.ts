// A bump arena: everything a call needs is freed at once by going back to a mark.
let top: usize = 0;
let highest: usize = 0;
/** What lies below is kept for good. */
let floor: usize = 0;

/** Address of `size` bytes, aligned to 8; the bytes are not cleared. Traps when memory is exhausted. */
export function allocate(size: usize): usize {
  if (top == 0) top = __heap_base;
  const start = (top + 7) & ~7;
  // 16 bytes beyond every area may be read by wide loads, so they have to exist.
  const end: u64 = u64(start) + u64(size) + 16;
  const have = u64(memory.size()) << 16;
  if (end > have) {
    if (memory.grow(i32((end - have + 0xffff) >> 16)) < 0) unreachable();
  }
  top = usize(end);
  if (top > highest) highest = top;
  return start;
}

/** Like `allocate`, with all bytes zero. */
export function allocateZeroed(size: usize): usize {
  const start = allocate(size);
  memory.fill(start, 0, size);
  return start;
}

export function mark(): usize {
  if (top == 0) top = __heap_base;
  return top;
}

/** Frees all that was allocated since `to` was marked. */
export function release(to: usize): void {
  top = to;
}

/** Largest extent of the arena so far, in bytes of linear memory. */
export function highWaterMark(): usize {
  return highest;
}

/** Frees everything but what is kept. */
export function startArena(): void {
  top = floor == 0 ? __heap_base : floor;
}

/** Keeps all that is allocated now for as long as the instance lives. */
export function keepAll(): void {
  floor = top;
}
