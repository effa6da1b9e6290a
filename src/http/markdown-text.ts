/** Escapes text for one paragraph of markdown (CommonMark, GFM), so that it is read as text alone. */
export function escapeMarkdown(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line
    .replaceAll(/[\\`*_[\]<>&~|!]/g, String.raw`\$&`)
    .replace(/^[#+=-]/, String.raw`\$&`)
    .replace(/^(\d{1,9})([.)])/, String.raw`$1\$2`);
}
