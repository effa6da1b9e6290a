/** Why an encoding or decoding was refused or failed. */
export type DcbErrorCode =
  /** The input is longer than `maxInputBytes`. */
  | "input-too-large"
  /** The dictionary is longer than `maxDictionaryBytes`. */
  | "dictionary-too-large"
  /** The stream would decode to more than `maxBytes`. */
  | "output-too-large"
  /** The stream is not valid Brotli (RFC 7932 §10). */
  | "malformed"
  /** The stream ends too early. */
  | "truncated"
  /** The stream uses the static dictionary, which was not given, or a transform that the encoder never does. */
  | "static-dictionary"
  /** An option is out of its range. */
  | "bad-option"
  /** The module ran out of memory or into a defect; the next call gets a fresh instance. */
  | "trap";

/** The one error that this codec throws. */
export class DcbError extends Error {
  override readonly name = "DcbError";
  readonly code: DcbErrorCode;

  constructor(code: DcbErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
