import * as v from "valibot";

/** Statuses of a refusal. */
const STATUSES = [401, 403, 404, 410, 429, 451] as const;

/** A challenge of HTTP authentication (RFC 9110 §11.3): a scheme, and parameters or a token. */
const CHALLENGE = /^[!#$%&'*+.^_`|~\w-]+(?: [\x20-\x7e]+)?$/;

/** The faults of the options of a block, each with its key. */
export function blockFaults({
  status,
  authenticate,
}: {
  readonly status?: number | undefined;
  readonly authenticate?: string | undefined;
}): readonly { readonly key: "status" | "authenticate"; readonly message: string }[] {
  if (status === 401 && authenticate === undefined) {
    const message =
      '401 needs "authenticate", the challenge in WWW-Authenticate (RFC 9110 §15.5.2); 403 needs none';
    return [{ key: "status", message }];
  }
  if (status !== 401 && authenticate !== undefined) {
    return [{ key: "authenticate", message: "only of the status 401" }];
  }
  return [];
}

/** The options of the action "block". */
export const blockEntries = {
  /**
   * For "block": the status of the refusal. 401 needs `authenticate`; 451 is for legal demands, which
   * `message` explains.
   * @default 403 @example 451
   */
  status: v.optional(v.picklist(STATUSES)),
  /**
   * For "block" with the status 401: the challenge in `WWW-Authenticate`, by a scheme with which the
   * agent can get access elsewhere, e.g. a license token.
   * @default none @example "License realm=\"archive\""
   */
  authenticate: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(500),
      v.regex(CHALLENGE, 'a challenge such as "Bearer realm=\\"api\\""'),
    ),
  ),
};
