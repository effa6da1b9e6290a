import { BoundedCache } from "../../memory/bounded-cache.ts";
import { digestOfText } from "../../http/digest.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import { readBounded } from "../../http/gather.ts";
import { contentOf } from "./site-origin.ts";

/** The most sites under hosts that no rule lists. */
const MOST_SITES = 8;
/** The most tests of hosts in an hour: clients can invent hosts without end. */
const MOST_LOOKS = 12;
const HOUR = 3_600_000;
const MOST_BYTES = 256 * 1024;

/** Requests the first page of the origin server under a host. */
type LookAt = (host: string) => Promise<Answer>;

/** Finds unlisted hosts that are sites: their first page differs from that of an invented host. */
export class KnownHosts {
  readonly #seen = new BoundedCache<Promise<boolean>>({ name: "counts", max: 256, ttl: HOUR });
  #sites = 0;
  #looks = 0;
  #windowEnds = 0;
  #nobody: Promise<string> | undefined;

  /** Whether a host is a site; false if it can't be tested now. */
  isSite(host: string, lookAt: LookAt): Promise<boolean> {
    if (Date.now() >= this.#windowEnds) {
      this.#windowEnds = Date.now() + HOUR;
      this.#looks = 0;
      this.#sites = 0;
      this.#nobody = undefined;
      this.#seen.clear();
    }
    const known = this.#seen.get(host);
    if (known !== undefined) return known;
    if (this.#looks >= MOST_LOOKS || this.#sites >= MOST_SITES) return Promise.resolve(false);
    this.#looks++;
    const found = this.#look(host, lookAt).catch(() => false);
    this.#seen.set(host, found);
    return found;
  }

  async #look(host: string, lookAt: LookAt): Promise<boolean> {
    const invented = `no-site-${crypto.randomUUID()}.invalid`;
    this.#nobody ??= lookAt(invented).then((answer) => formOf(answer, invented));
    const [own, nobody] = await Promise.all([lookAt(host), this.#nobody]);
    if (own.status !== 200) {
      own.body?.release();
      return false;
    }
    const isSite = (await formOf(own, host)) !== nobody;
    if (isSite) this.#sites++;
    return isSite;
  }
}

/** A response without its host name, and without numbers, which may be times and tokens. */
async function formOf(answer: Answer, host: string): Promise<string> {
  const { status } = answer;
  const stream = contentOf(answer, true);
  if (stream === undefined) return String(status);
  const content = await readBounded(stream, MOST_BYTES);
  if (content === undefined) return `${status} long`;
  const text = new TextDecoder().decode(content).toLowerCase();
  const bare = text.replaceAll(host, "").replaceAll(host.replace(/:\d+$/, ""), "");
  const same = bare.replaceAll(/\b[0-9a-f]*\d[0-9a-f-]*\b/g, "#");
  return `${status} ${await digestOfText(same)}`;
}
