export type Encoder = (text: string) => Uint8Array;

/** An encoder for a label of the Encoding Standard, made by inverting TextDecoder; throws for what it cannot write. */
export function encoderFor(label: string): Encoder {
  const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  const { encoding } = decoder;
  const encode = encoding.startsWith("utf-16")
    ? utf16(encoding)
    : encoding === "iso-2022-jp"
      ? iso2022jp()
      : byTable(tableOf(label, encoding));
  return (text) => {
    const bytes = encode(text);
    if (decoder.decode(bytes) !== text)
      throw new Error(`${label} does not come back as it was written`);
    return bytes;
  };
}

type Table = ReadonlyMap<string, readonly number[]>;

function tableOf(label: string, encoding: string): Table {
  const table = new Map<string, readonly number[]>();
  const decoder = new TextDecoder(label, { fatal: true });
  const add = (bytes: readonly number[]): void => {
    let text: string;
    try {
      text = decoder.decode(Uint8Array.from(bytes));
    } catch {
      return;
    }
    // The first spelling wins: of several, the Encoding Standard mostly writes the lowest.
    if (Array.from(text).length === 1 && !table.has(text)) table.set(text, bytes);
  };
  for (let byte = 0; byte < 256; byte++) add([byte]);
  if (!/^(?:gb|big5|euc|shift)/.test(encoding)) return table;
  for (let lead = 0x81; lead < 0xff; lead++) {
    for (let trail = 0x30; trail < 0xff; trail++) add([lead, trail]);
  }
  if (encoding === "gb18030") {
    // Four bytes: one row of the supplementary planes is enough for a sample.
    for (let second = 0x30; second < 0x3a; second++) {
      for (let third = 0x81; third < 0xff; third++) {
        for (let fourth = 0x30; fourth < 0x3a; fourth++) add([0x95, second, third, fourth]);
      }
    }
  }
  return table;
}

function byTable(table: Table): Encoder {
  return (text) =>
    Uint8Array.from(Array.from(text).flatMap((character) => lookUp(table, character)));
}

function lookUp(table: Table, character: string): readonly number[] {
  const bytes = table.get(character);
  if (bytes === undefined) throw new Error(`No bytes for ${JSON.stringify(character)}`);
  return bytes;
}

function utf16(encoding: string): Encoder {
  return (text) => {
    const bytes = Buffer.from(text, "utf16le");
    return encoding === "utf-16be" ? bytes.swap16() : bytes;
  };
}

/** ASCII, and JIS X 0208 between escape sequences. */
function iso2022jp(): Encoder {
  const [toKanji, toAscii] = [
    [0x1b, 0x24, 0x42],
    [0x1b, 0x28, 0x42],
  ] as const;
  const decoder = new TextDecoder("iso-2022-jp");
  const table = new Map<string, readonly number[]>();
  for (let lead = 0x21; lead < 0x7f; lead++) {
    for (let trail = 0x21; trail < 0x7f; trail++) {
      const character = decoder.decode(Uint8Array.from([...toKanji, lead, trail, ...toAscii]));
      if (!character.includes("\ufffd")) table.set(character, [lead, trail]);
    }
  }
  return (text) => {
    const bytes: number[] = [];
    let isKanji = false;
    for (const character of text) {
      const isAscii = character < "\u0080";
      if (isAscii === isKanji) bytes.push(...(isKanji ? toAscii : toKanji));
      isKanji = !isAscii;
      bytes.push(...(isAscii ? [character.charCodeAt(0)] : lookUp(table, character)));
    }
    return Uint8Array.from(isKanji ? [...bytes, ...toAscii] : bytes);
  };
}

/** Vietnamese as windows-1258 has it: tone marks are characters of their own, after the letter. */
export function separateTones(text: string): string {
  const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g;
  return text.replace(/\P{ASCII}/gu, (letter) => {
    const parts = letter.normalize("NFD");
    return parts.replace(TONES, "").normalize("NFC") + (parts.match(TONES) ?? []).join("");
  });
}
