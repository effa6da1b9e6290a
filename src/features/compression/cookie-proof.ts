import { BoundedCache } from "../../memory/bounded-cache.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import type { Fields } from "../../http/fields.ts";
import { originOf, type Exchange } from "../../pipeline/exchange.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";
import { allowancePerHour, type Allowance } from "../../timing/allowance.ts";
import { CookieEvidence, type ProofState } from "./cookie-evidence.ts";
import { createCookieTrial, type CookieTrialParts } from "./cookie-trial.ts";

/** The evidence that the content of one response does not depend on the request's cookies. */
export interface CookieProof {
  of(hash: string): Awaitable<ProofState>;
  /** Records that the response had this content, and tries to prove it; whether it is proven. */
  prove(hash: string, content: Uint8Array): Promise<boolean>;
}

/** The proof for a response that can't depend on cookies, or need not be proven. */
export const NOT_NEEDED: CookieProof = { of: () => "proven", prove: async () => true };

/** Seconds until content that differs without cookies is requested again, and one that failed. */
const AGAIN = { other: 3600, failed: 300 } as const;

/** Our own requests in an hour, of one process and for the clients of one network. */
const PER_HOUR = 1000;
const PER_NETWORK = 250;

interface ProofParts extends CookieTrialParts {
  readonly causedBy: (exchange: Exchange) => string;
}

/** Creates the proofs of one process. */
// oxlint-disable-next-line max-lines-per-function -- its parts share the evidence
export function createCookieProofs(parts: ProofParts) {
  const { now, scheduler, own, causedBy } = parts;
  const evidence = new CookieEvidence(now);
  const trial = createCookieTrial(parts);
  const requests = allowancePerHour(PER_HOUR, now);
  const ofNetworks = new BoundedCache<Allowance>({ name: "counts", max: 1000 });

  const isAllowed = (network: string): boolean =>
    ofNetworks.getOrMake(network, () => allowancePerHour(PER_NETWORK, now))(1) && requests(1);

  async function request(what: string, exchange: Exchange, isPage: boolean, content: Uint8Array) {
    const name = `cookies/${what}`;
    const network = causedBy(exchange);
    if (scheduler.isRunning(name)) return "running";
    const accept = isPage ? "text/html, */*;q=0.1" : "*/*";
    const work = { name, network, milliseconds: 1, lostAfter: 60 };
    const result = await scheduler.run(work, async () =>
      own !== undefined && isAllowed(network) ? trial(exchange, accept, content) : "failed",
    );
    return result ?? "failed";
  }

  /** @param keys of the content first */
  const note = (result: Awaited<ReturnType<typeof request>>, keys: readonly string[]): void => {
    if (result === "same") evidence.prove(keys[0] ?? "");
    else if (result !== "running") for (const key of keys) evidence.fail(key, AGAIN[result]);
  };

  return {
    /** @param isKnown whether content with a hash is known to have come without cookies */
    proofFor(
      fields: Pick<Fields, "get">,
      exchange: Exchange,
      ignoresCookies: boolean,
      isKnown: (hash: string) => Awaitable<boolean>,
    ): CookieProof {
      if (ignoresCookies) return NOT_NEEDED;
      const isPage = isHtml(parseMediaType(fields.get("content-type")));
      // Of a page, only our own request is evidence: its records have keys of their own.
      const keyOf = (hash: string) => `${isPage ? "page" : "file"} ${originOf(exchange)} ${hash}`;
      const cookie = exchange.field("cookie");
      if (cookie === undefined) {
        const prove = async (hash: string) => {
          if (!isPage) evidence.prove(keyOf(hash));
          return true;
        };
        return { of: () => "proven", prove };
      }
      // A page that differs each time would be requested each time.
      const address = `address ${originOf(exchange)}${exchange.target}`;
      const find = (hash: string): Awaitable<ProofState> => {
        const found = evidence.of(keyOf(hash));
        if (found === "proven" || isPage) return found;
        return andThen(isKnown(hash), (known) => (known ? "proven" : found));
      };
      return {
        of: find,
        async prove(hash, content) {
          const before = await find(hash);
          if (before === "proven") return true;
          const key = keyOf(hash);
          if (!isPage) evidence.see(key, cookie);
          const isWaiting = isPage && evidence.of(address) === "unproven";
          if (before === "open" && !isWaiting && evidence.of(key) !== "proven") {
            const result = await request(isPage ? address : key, exchange, isPage, content);
            note(result, isPage ? [key, address] : [key]);
          }
          return evidence.of(key) === "proven";
        },
      };
    },
  };
}
