/** The parts of a request that the verifier reads. */
export interface SignedMessage {
  readonly method: string;
  /** The public target URI, absolute. */
  readonly url: string;
  /** The request target in origin-form, as the runtime has it. @default that of `url` */
  readonly rawTarget?: string;
  /**
   * Whether the runtime may have rewritten the target, as URL parsers do: then a signature that does
   * not match it is not refuted. @default false
   */
  readonly isRewritten?: boolean;
  /** The content, if all of it is known; a covered Content-Digest is compared with it. */
  readonly content?: Uint8Array<ArrayBuffer>;
  /** The field's lines combined with ", " (RFC 9110 §5.3), by lower-case name. */
  field(name: string): string | undefined;
}

/** A signed response: its own fields, and those of its request (`;req`). */
export interface SignedResponse {
  readonly status: number;
  readonly request: SignedMessage;
  field(name: string): string | undefined;
}
