// Base-2 logarithms of counts, from a table, since WebAssembly has no instruction for them.
const SIZE: u32 = 4096;
const table = memory.data(16384);

export function prepareLog2(): void {
  for (let n: u32 = 1; n < SIZE; n++) {
    // Sixteen binary digits by repeated squaring.
    const whole = 31 - clz(n);
    let x = f64(n) / f64(1 << whole);
    let fraction = 0.0;
    let digit = 0.5;
    for (let i = 0; i < 22; i++) {
      x *= x;
      if (x >= 2.0) {
        x *= 0.5;
        fraction += digit;
      }
      digit *= 0.5;
    }
    store<f32>(table + (n << 2), f32(f64(whole) + fraction));
  }
}

/** log2(n); 0 for n = 0. */
// @ts-ignore: decorator
@inline
export function log2(n: u32): f32 {
  return n < SIZE ? load<f32>(table + (n << 2)) : log2Large(n);
}

function log2Large(n: u32): f32 {
  const shift = 20 - clz(n);
  const low = n >> shift;
  const a = load<f32>(table + (low << 2));
  const b = low + 1 < SIZE ? load<f32>(table + ((low + 1) << 2)) : 12;
  const rest = f32(n & ((1 << shift) - 1)) / f32(1 << shift);
  return a + (b - a) * rest + f32(shift);
}
