import * as v from "valibot";
import { wholeNumber } from "../../../http/schemas.ts";
import { duration, secondsOf } from "../../../timing/duration.ts";

/** The largest number that a structured field can state (RFC 9651 §3.3.1). */
const MOST = 999_999_999_999_999;

const quotaEntries = {
  /** For "limit": requests in a window, at most; the window begins with the first. @example 60 */
  requests: v.optional(wholeNumber(1, MOST)),
  /**
   * For "limit": bytes of responses in a window, at most. They are counted at the end of each response,
   * and checked before the next: the last response may exceed the limit, with those sent at the same time.
   * @example 100000000
   */
  bytes: v.optional(wholeNumber(1, MOST)),
  /** For "limit": requests in progress at the same time, at most. @example 4 */
  concurrent: v.optional(wholeNumber(1, 100_000)),
  /** For "limit": the length of a window, for `requests` and `bytes`. @example "1m" */
  per: v.optional(duration("1s", "366d")),
  /**
   * For "limit": requests or bytes beyond the limit that a client may use once in ten windows.
   * @default 0
   * @example 20
   */
  burst: v.optional(wholeNumber(0, MOST)),
  /**
   * For "limit": whether the verified agent, its operator or the network address is the client whose
   * requests count together. An agent that is not verified counts by its address; a claim is never a key.
   * @default "agent"
   */
  key: v.optional(v.picklist(["agent", "operator", "address"])),
  /**
   * For "limit": on Workers, the name of a rate limit binding that counts instead of the Durable Object: for each
   * location of the network, and not exactly.
   */
  binding: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z_]\w{0,63}$/, "the name of a binding"))),
};

type GivenQuota = v.InferOutput<v.ObjectSchema<typeof quotaEntries, undefined>>;

function withDefaults(given: GivenQuota) {
  return { ...given, burst: given.burst ?? 0, key: given.key ?? ("agent" as const) };
}

/** The options of the action "limit". */
export const limitEntries = {
  ...quotaEntries,
  /** For "limit": several at once; a request that exceeds one of them is refused, and counts in none. */
  limits: v.optional(
    v.pipe(
      v.array(v.pipe(v.strictObject(quotaEntries), v.transform(withDefaults))),
      v.minLength(1),
      v.maxLength(8),
    ),
  ),
  /**
   * For "limit": the prefix of IPv4 addresses that count together; 32 counts each address by itself. IPv6 addresses
   * count by /64.
   * @default 24
   */
  ipv4Prefix: v.optional(v.picklist([24, 32])),
};

type Given = v.InferOutput<v.ObjectSchema<typeof limitEntries, undefined>>;

/** The periods of the platform's rate limit binding, in seconds. */
const BINDING_PERIODS: ReadonlySet<number> = new Set([10, 60]);

/** A fault of the options together, at one key. */
interface LimitFault {
  readonly key: keyof Given;
  readonly message: string;
}

/** The faults of a policy with the action "limit". */
export function limitFaults(given: Given): readonly LimitFault[] {
  const { limits } = given;
  if (limits === undefined) {
    return faultsOf(given).map(([key, message]) => ({ key, message }));
  }
  const outside = (Object.keys(quotaEntries) as (keyof GivenQuota)[]).filter(
    (key) => given[key] !== undefined,
  );
  return [
    ...outside.map((key) => ({ key, message: "an option of the members, if there are `limits`" })),
    ...limits.flatMap((limit, i) =>
      faultsOf(limit).map(([, message]) => ({
        key: "limits" as const,
        message: `limits with, as number ${i + 1}, ${message}`,
      })),
    ),
  ];
}

function faultsOf(quota: GivenQuota): (readonly [key: keyof GivenQuota, message: string])[] {
  const { requests, bytes, concurrent, per, burst, binding } = quota;
  const units = [requests, bytes, concurrent].filter((each) => each !== undefined);
  if (units.length !== 1) {
    const message = 'one of `requests`, `bytes` and `concurrent`, e.g. "requests": 60, "per": "1m"';
    return [["requests", message]];
  }
  if (concurrent !== undefined) {
    return (["per", "burst", "binding"] as const).flatMap((key) =>
      quota[key] === undefined || quota[key] === 0
        ? []
        : [[key, "an option of `requests` and `bytes`"] as const],
    );
  }
  if (per === undefined) return [["per", 'a window such as "1m"']];
  if (binding === undefined) return [];
  if (bytes !== undefined) return [["binding", "an option of `requests`: a binding counts calls"]];
  if (burst !== undefined && burst > 0) return [["burst", "no burst: a binding has none"]];
  return BINDING_PERIODS.has(secondsOf(per))
    ? []
    : [["per", '"10s" or "1m", the periods of a binding']];
}
