export type Triple = Readonly<Record<"signature-input" | "signature" | "signature-agent", string>>;

/** A small seeded generator (mulberry32), so that a run can be repeated. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

// Pieces of the grammar, so that mutants often still parse.
const PIECES = String.raw`
" ( ) : = ; ,  ?1 ?0 \ \" * % @ () :: 0 9 -1 1.0 a A é € sig1= sig2= ,sig1=() :AAAA:
"@authority" "@method" "@path" "@query" "@target-uri" "@status" "x" "signature-agent"
;key="sig1" ;key=sig1 ;sf ;bs ;req ;tr ;name="a" ;alg="ed25519" ;alg=x ;tag="web-bot-auth"
;created=1800000000 ;expires=1800000100 ;type=directory ;type=cimd
"https://signer.example" sig1="https://signer.example"`
  .split(/\s+/)
  .concat(" ", "  ", "\t", "\n", "\u0000", ", ");
const NAMES = ["signature-input", "signature", "signature-agent"] as const;

/** One to four changes, most of them small, some by parts of another triple. */
export function mutate(pool: readonly Triple[], random: (below: number) => number): Triple {
  const source = pool[random(pool.length)];
  if (source === undefined) throw new RangeError("an empty pool");
  const triple: Record<(typeof NAMES)[number], string> = { ...source };
  for (let left = 1 + random(4); left > 0; left--) {
    const name = NAMES[random(3)] ?? "signature";
    const other = pool[random(pool.length)]?.[name] ?? "";
    triple[name] = change(triple[name], other, random);
  }
  return triple;
}

function change(text: string, other: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  const to = at + random(Math.min(24, text.length - at + 1));
  const piece = PIECES[random(PIECES.length)] ?? "";
  switch (random(9)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + piece + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(to);
    case 3:
      return text.slice(0, to) + text.slice(at);
    case 4:
      return text.slice(0, at) + piece + text.slice(to);
    case 5:
      return other;
    case 6:
      return `${text}, ${other}`;
    case 7:
      return text.slice(0, at) + other.slice(at);
    default:
      return text.replaceAll(/(?<=[;(,]) */g, " ".repeat(random(3)));
  }
}
