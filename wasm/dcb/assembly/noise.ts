import { log2 } from "./log2";

const counts = memory.data(1024);

/** Whether the bytes are spread so evenly that no prefix code for them pays: over 7.95 bits each. */
export function isNoise(start: usize, length: u32): bool {
  if (length < 4096) return false;
  memory.fill(counts, 0, 1024);
  for (let i: u32 = 0; i < length; i++) {
    const at = counts + (usize(load<u8>(start + i)) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let weighted: f32 = 0;
  for (let b: u32 = 0; b < 256; b++) {
    const count = load<u32>(counts + (b << 2));
    weighted += f32(count) * log2(count);
  }
  return f32(length) * log2(length) - weighted > f32(length) * 7.95;
}
