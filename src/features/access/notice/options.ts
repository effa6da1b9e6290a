import * as v from "valibot";

/** Characters of a message and of an address, at most. */
const LONGEST_MESSAGE = 1000;
const LONGEST_ADDRESS = 500;

const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}$/;

/** The message and links of a refusal; the options of all actions that refuse. */
export const noticeEntries = {
  /**
   * For "block" and all other actions that refuse: the text of the problem document.
   * @default a sentence for the action @example "Training on this archive needs a contract."
   */
  message: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(LONGEST_MESSAGE))),
  /**
   * For "block" and all other actions that refuse: the e-mail address or URL to which an agent's
   * operator can turn, in the problem document and in `Link` (`rel="help"`).
   * @default none @example "licensing@example.com"
   */
  contact: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(LONGEST_ADDRESS),
      v.check(
        (text) => EMAIL.test(text) || isWebUrl(text),
        'an e-mail address, or a URL such as "https://example.com/contact"',
      ),
    ),
  ),
  /**
   * For "block" and all other actions that refuse: the URL of the licence under which agents may use
   * the content, in the problem document and in `Link` (`rel="license"`).
   * @default none @example "https://example.com/license"
   */
  license: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(LONGEST_ADDRESS),
      v.check(isWebUrl, 'a URL such as "https://example.com/license"'),
    ),
  ),
};

/** Whether a text is an http or https URL without user information. */
export function isWebUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || url.protocol === "http:";
}
