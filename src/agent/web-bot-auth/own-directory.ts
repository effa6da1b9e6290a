import { contentDigest, DIRECTORY_TAG } from "./directory-signature.ts";
import { publicMembers, type PrivateJwk } from "./private-key.ts";
import { signComponents } from "./sign.ts";
import { thumbprint, type UncheckedJwk } from "./thumbprint.ts";

/** The media type of a key directory. */
export const DIRECTORY_TYPE = "application/http-message-signatures-directory+json";

export interface OwnDirectory {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly fields: Readonly<Record<string, string>>;
}

interface OwnDirectoryOptions {
  /** The public URL at which the directory is requested: its authority is signed. */
  readonly url: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly expires: number;
  /** Seconds for which caches may store it: no longer than its signatures are valid. */
  readonly maxAge: number;
}

/** The public key set for these private keys. */
export async function publicDirectory(
  keys: readonly PrivateJwk[],
): Promise<{ readonly keys: readonly UncheckedJwk[] }> {
  return {
    keys: await Promise.all(
      keys.map(async (key) => {
        const required = publicMembers(key);
        return { ...required, kid: await thumbprint(required), use: "sig" };
      }),
    ),
  };
}

/** Creates the response for a site's own key directory, signed with each of its keys. */
export async function signDirectory(
  keys: readonly PrivateJwk[],
  options: OwnDirectoryOptions,
): Promise<OwnDirectory> {
  const body = new TextEncoder().encode(JSON.stringify(await publicDirectory(keys)));
  const digest = await contentDigest(body);
  const toSign = {
    message: { status: 200, headers: { "content-digest": digest } },
    request: { method: "GET", url: options.url, headers: {} },
  };
  const signed = await Promise.all(
    keys.map((key, index) =>
      signComponents(toSign, key, {
        ...options,
        label: `sig${index + 1}`,
        covered: ['"@authority";req', '"content-digest"'],
        tag: DIRECTORY_TAG,
      }),
    ),
  );
  return {
    body,
    fields: {
      "Content-Type": DIRECTORY_TYPE,
      "Cache-Control": `public, max-age=${options.maxAge}`,
      "Content-Digest": digest,
      "Signature-Input": signed.map((fields) => fields["Signature-Input"]).join(", "),
      Signature: signed.map((fields) => fields.Signature).join(", "),
    },
  };
}
