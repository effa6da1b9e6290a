/** The token of the operator's pages in tests. */
export const OPERATOR_TOKEN = "the-token-of-the-operator";

/** The fields of a user's own navigation. */
export const NAVIGATION = {
  accept: "text/html",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
  "sec-fetch-site": "none",
};
