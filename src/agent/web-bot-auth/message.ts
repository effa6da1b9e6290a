/** The parts of a request that the verifier reads. */
export interface SignedMessage {
  readonly method: string;
  /** The public target URI, absolute. */
  readonly url: string;
  /** The request target as received, in origin-form, if the runtime has it. */
  readonly rawTarget?: string;
  /** The field's lines combined with ", " (RFC 9110 §5.3), by lower-case name. */
  field(name: string): string | undefined;
}

/** A signed response: its own fields, and those of its request (`;req`). */
export interface SignedResponse {
  readonly status: number;
  readonly request: SignedMessage;
  field(name: string): string | undefined;
}
