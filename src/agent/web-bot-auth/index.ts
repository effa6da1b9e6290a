export { Directories, type DirectoryOptions } from "./directories.ts";
export type { DirectoryState } from "./directory-entry.ts";
export type { DirectoryFetch } from "./directory-fetch.ts";
export { agentName, isFetchable, locateDirectory } from "./directory-url.ts";
export type { KeySource } from "./key-source.ts";
export type { SignedMessage } from "./message.ts";
export type { SignatureProof, SignatureVerdict } from "./reasons.ts";
export {
  DIRECTORY_TYPE,
  publicDirectory,
  signDirectory,
  type OwnDirectory,
} from "./own-directory.ts";
export { generateKeys, parsePrivateJwk, type PrivateJwk } from "./private-key.ts";
export { signMessage, type SignOptions } from "./sign.ts";
export type { ContentDigest } from "./content-digest.ts";
export type { AgentForm } from "./signature-agent.ts";
export { staticKeys } from "./static-keys.ts";
export { verifyMessage, type ValidSignature, type VerifyOptions } from "./verify.ts";
export { DIRECTORY_TYPES } from "./directory-fetch.ts";
