/** Text like that of a bundle: the same for the same seed, alike for neighbouring versions. */
export function bundle(version: number, bytes = 40_000): string {
  const lines: string[] = [];
  let length = 0;
  for (let i = 0; length < bytes; i++) {
    // One line in forty differs from version to version.
    const seed = i % 40 === version % 40 ? i * 7919 + version : i * 7919;
    const line = `function ${word(seed)}(${word(seed + 1)}){return ${word(seed + 2)}.${word(seed + 3)}(${seed % 997},"${word(seed + 5)}")}\n`;
    lines.push(line);
    length += line.length;
  }
  return lines.join("").slice(0, bytes);
}

function word(seed: number): string {
  let state = (seed * 2_654_435_761) >>> 0;
  let text = "";
  const length = 3 + (state % 9);
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += String.fromCharCode(97 + ((state >>> 24) % 26));
  }
  return text;
}
