import type { ReasonText } from "./vocabulary.ts";

/** The runner's own reasons, which it records in place of a stage's. */
export const pipelineReasons: Readonly<Record<string, ReasonText>> = {
  "no-transform": {
    says: "Cache-Control: no-transform forbids another form of the content",
    todo: "Remove no-transform from Cache-Control, of the origin server or of the request.",
  },
  "no-content": {
    says: "the response has no content (HEAD, 204 or 304)",
    todo: "Send a GET request without If-None-Match.",
  },
  "unreadable-coding": {
    says: "the origin server sent a content coding that the proxy can't decode",
    todo: "Configure the origin server to send gzip, br or no coding.",
  },
  reused: { says: "the proxy sends the response that it made for an earlier request", is: "done" },
  "address-refused": {
    says: "the response would come from another address, whose rules refuse this client",
    todo: "Let the agent pass in the rules of that address.",
  },
  "address-off": {
    says: "the response would come from another address, for which the rules switch the feature off",
    todo: "Switch the feature on for that address too.",
  },
  "redirect-to-itself": {
    says: "the redirect would lead to the URL that was requested",
    todo: "Check the canonical URL that the page, or the rule's map, names.",
  },
  "origin-is-asked-first": {
    says: "the origin server may have such a file, so the proxy requests it there first",
  },
  "origin-has-its-own": {
    says: "the origin server's own file takes precedence",
    todo: "To have the proxy make one, remove the file at the origin server.",
  },
  "origin-refuses": {
    says: "the origin server answered with an error other than 404 or 410",
    todo: "Make the origin server answer 404 if it has no such file.",
  },
  "watched-only": {
    says: "the document would cost requests to the origin server, so the proxy does not make it with observe",
    todo: "To see the document, enforce the feature.",
  },
  "own-document": { says: "the proxy's own document is open to everyone, with its own fields" },
  "answered-before": { says: "an earlier feature answered the request" },
};
