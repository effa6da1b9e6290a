import { nextTurn } from "../../timing/turns.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import { readBounded } from "../../http/gather.ts";
import { within } from "../../timing/timeout.ts";

/** Requests a target as an unknown client, with this Accept. */
type AskAsStranger = (target: string, accept: string) => Promise<Answer>;

/** Requests documents of one site from its origin server. */
export class SiteOrigin {
  readonly #ask: AskAsStranger;

  constructor(ask: AskAsStranger) {
    this.#ask = ask;
  }

  /** Rejects if there is no response within ten seconds. */
  get(target: string, accept: string): Promise<Answer> {
    return within(10_000, this.#ask(target, accept), () => {
      throw new Error(`no answer for ${target}`);
    });
  }

  /** The text at a target, a gzip file unpacked; undefined if there is none or it is too long. */
  async text(target: string, maxBytes: number): Promise<string | undefined> {
    try {
      const answer = await this.get(target, "text/plain, application/xml, */*;q=0.5");
      const content = contentOf(answer, answer.status === 200);
      const bytes = content && (await readBounded(content, maxBytes));
      if (bytes === undefined) return undefined;
      const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? await unpack(bytes, maxBytes) : bytes;
      return plain === undefined ? undefined : await decode(plain);
    } catch {
      return undefined;
    }
  }
}

/** The decoded content of a response, to be read; undefined if it is unwanted or unreadable. */
export function contentOf({ body }: Answer, isWanted: boolean) {
  const content = isWanted && body?.readable === true ? body.open() : undefined;
  body?.release();
  return content;
}

/** Bytes that are decoded in one turn of the event loop. */
const A_TURN = 1024 * 1024;

async function decode(content: Uint8Array): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (let at = 0; at < content.length; at += A_TURN) {
    if (at > 0) await nextTurn();
    text += decoder.decode(content.subarray(at, at + A_TURN), { stream: true });
  }
  return text + decoder.decode();
}

/** Unpacks a file that is itself in gzip format, not by a content coding. */
function unpack(packed: Uint8Array<ArrayBuffer>, maxBytes: number) {
  const unpacking = new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
  return readBounded(new Blob([packed]).stream().pipeThrough(unpacking), maxBytes);
}
