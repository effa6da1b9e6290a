// Literal context modes (RFC 7932 §7.1).
export const LSB6: u32 = 0;
export const MSB6: u32 = 1;
export const UTF8: u32 = 2;
export const SIGNED: u32 = 3;

/** For each mode, 256 entries for the last byte and 256 for the one before; the two are or-ed. */
const tables = memory.data(2048);
// Lut0 for 32 to 127: what kind of character the last one is.
const kinds = memory.data<u8>([
  8, 12, 16, 12, 12, 20, 12, 16, 24, 28, 12, 12, 32, 12, 36, 12, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 32, 32, 24, 40, 28, 12,
]);

function signedClass(byte: u32): u32 {
  if (byte == 0) return 0;
  if (byte < 16) return 1;
  if (byte < 64) return 2;
  if (byte < 128) return 3;
  if (byte < 192) return 4;
  if (byte < 240) return 5;
  return byte < 255 ? 6 : 7;
}

function isVowel(letter: u32): bool {
  return letter == 97 || letter == 101 || letter == 105 || letter == 111 || letter == 117;
}

function lastUtf8(byte: u32): u32 {
  if (byte < 32) return byte == 9 || byte == 10 || byte == 13 ? 4 : 0;
  if (byte < 64) return load<u8>(kinds + byte - 32);
  if (byte >= 192) return 2 | (byte & 1);
  if (byte >= 128) return byte & 1;
  const letter = byte & 31;
  const lower = byte >= 96;
  if (letter >= 1 && letter <= 26) return (lower ? 56 : 48) + (isVowel(96 + letter) ? 0 : 4);
  if (letter == 27) return 24;
  if (letter == 29) return 28;
  return byte == 127 ? 0 : 12;
}

function beforeUtf8(byte: u32): u32 {
  if (byte >= 224) return 2;
  if (byte <= 32 || byte >= 127) return 0;
  if (byte >= 97 && byte <= 122) return 3;
  if ((byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90)) return 2;
  return 1;
}

export function prepareContexts(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    store<u8>(tables + byte, u8(byte & 63));
    store<u8>(tables + 512 + byte, u8(byte >> 2));
    store<u8>(tables + 1024 + byte, u8(lastUtf8(byte)));
    store<u8>(tables + 1280 + byte, u8(beforeUtf8(byte)));
    store<u8>(tables + 1536 + byte, u8(signedClass(byte) << 3));
    store<u8>(tables + 1792 + byte, u8(signedClass(byte)));
  }
}

/** Context ID, 0 to 63, from the last two bytes. */
// @ts-ignore: decorator
@inline
export function contextOf(mode: u32, last: u32, before: u32): u32 {
  const table = tables + (mode << 9);
  return load<u8>(table + last) | load<u8>(table + 256 + before);
}
