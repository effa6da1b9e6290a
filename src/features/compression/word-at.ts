/** The four bytes at a position, the lowest first; there must be as many. */
export function wordAt(text: Uint8Array, at: number): number {
  return (
    (text[at] as number) |
    ((text[at + 1] as number) << 8) |
    ((text[at + 2] as number) << 16) |
    ((text[at + 3] as number) << 24)
  );
}
