/** Joins pieces into one array. @param length of all of them, if known */
export function concat(pieces: readonly Uint8Array[], length?: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length ?? pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
