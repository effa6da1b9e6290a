import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import { readBounded } from "../../http/gather.ts";
import type { OutsideServices } from "../../feature/parts.ts";

/** The field in which Cloudflare Access sends its token. */
export const ACCESS_FIELD = "cf-access-jwt-assertion";

/** The application of Cloudflare Access in front of the proxy. */
export interface AccessApplication {
  /** E.g. "https://acme.cloudflareaccess.com". */
  readonly team: string;
  /** The application's audience (AUD) tag. */
  readonly audience: string;
}

/** The verdict on a token: the user, or the reason why it is invalid. */
export type AccessVerdict =
  | { readonly kind: "valid"; readonly user: string }
  | { readonly kind: "invalid"; readonly reason: string };

/** Verifies one token. Never rejects. */
export type VerifyAccess = (token: string) => Promise<AccessVerdict>;

/** Bytes of the team's keys, at most; they have about 3 KB. */
const MOST_KEYS = 65_536;
/** Characters of a token, at most. */
const MOST_TOKEN = 8192;

/** Creates a verifier of Cloudflare Access's tokens: signature, issuer, audience and times. */
export function cloudflareAccess(
  { team, audience }: AccessApplication,
  { services, now }: { readonly services: OutsideServices; readonly now: () => number },
): VerifyAccess {
  const keys = createRemoteJWKSet(new URL("/cdn-cgi/access/certs", team), {
    timeoutDuration: 3000,
    [customFetch]: (url, { signal }) => fetchKeys(services, url, signal),
  });
  return async (token) => {
    if (token.length > MOST_TOKEN) return { kind: "invalid", reason: "too-long" };
    try {
      const { payload: claims } = await jwtVerify(token, keys, {
        issuer: new URL(team).origin,
        audience,
        algorithms: ["RS256"],
        requiredClaims: ["exp", "sub"],
        clockTolerance: 30,
        currentDate: new Date(now() * 1000),
      });
      const { email, sub = "" } = claims;
      return { kind: "valid", user: typeof email === "string" ? email : sub };
    } catch (error) {
      return { kind: "invalid", reason: codeOf(error) };
    }
  };
}

async function fetchKeys(
  services: OutsideServices,
  url: string,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const response = await services.fetch(url, {
    method: "GET",
    redirect: "manual",
    headers: { accept: "application/json" },
    signal: signal ?? AbortSignal.timeout(3000),
  });
  const { body, status } = response;
  const bytes = body === null ? new Uint8Array() : await readBounded(body, MOST_KEYS);
  if (bytes === undefined) throw new TypeError("the keys are too large");
  return new Response(bytes, { status });
}

/** The code of an error of jose, e.g. "ERR_JWT_EXPIRED". */
function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "keys-unavailable";
}
