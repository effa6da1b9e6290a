/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const SYLLABLES = "la ter mon de si ra ko vel ti nor ba lu mi sen do fa gri pol".split(" ");

function word(random: () => number): string {
  const length = 1 + Math.floor(random() * 3);
  return Array.from({ length }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]).join("");
}

/** This number of made-up words. */
export function prose(random: () => number, words: number): string {
  return Array.from({ length: words }, () => word(random)).join(" ");
}

/** A script of approximately this number of bytes. */
export function code(random: () => number, bytes: number): string {
  let text = "";
  while (text.length < bytes) {
    text += `export function ${word(random)}${text.length}(${word(random)}) { return ${word(random)}.${word(random)}(${Math.floor(random() * 1e6)}); }\n`;
  }
  return text;
}
