import * as v from "valibot";
import { compilePathPattern } from "../../http/path-pattern.ts";
import { modeEntries } from "../../pipeline/mode-schema.ts";

/** The options under `resourceMetadata`. */
export const resourceMetadataOptions = v.strictObject({
  ...modeEntries,
  /**
   * The path or URL of the metadata.
   * @default the document of the rules below `/.well-known/oauth-protected-resource` that fits the path
   * @example "/.well-known/oauth-protected-resource"
   */
  metadata: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^(?:\/(?!\/)|https?:\/\/)[^\s"\\<>]+$/,
        'a path such as "/.well-known/oauth-protected-resource", or a URL',
      ),
    ),
  ),
  /**
   * Login pages, as paths of the site or as URLs without query: a redirect of the origin server to one
   * becomes 401 for clients that are not browsers.
   * @default none @example ["/login", "https://login.example.com/authorize"]
   */
  login: v.optional(
    v.array(
      v.pipe(v.string(), v.check(isLogin, 'a path such as "/login", or a URL without query')),
    ),
    [],
  ),
});

/** One rule's setting for responses that ask for authorization. */
export type ResourceMetadataPolicy = v.InferOutput<typeof resourceMetadataOptions>;

function isLogin(text: string): boolean {
  if (/[\s"\\?#]/.test(text)) return false;
  if (!text.startsWith("/")) return /^https?:\/\//.test(text) && URL.canParse(text);
  return !("fault" in compilePathPattern(text));
}
