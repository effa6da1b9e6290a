/** How the command line is called: in a clone the source runs, in a package what was compiled. */
const WAYLEAVE = import.meta.url.endsWith(".ts") ? "npm run -s wayleave --" : "npx wayleave";

/** The curl lines that show what the proxy does, as the README has them. */
export const DEMO_LINES = (url: string): string => `
Try:
  # a verified training crawler is sent to the current page, and nobody else
  ${WAYLEAVE} sign --key .wayleave/demo/private.jwk.json --agent ${url} ${url}/v1/install/ | curl -sI -K - ${url}/v1/install/
  curl -sI -A GPTBot ${url}/v1/install/
  # markdown, by Accept and by /index.md
  curl -s -H 'Accept: text/markdown' ${url}/install/
  curl -s ${url}/install/index.md
  # the difference to what you already have, instead of the whole bundle
  curl -s ${url}/assets/app.v1.js -o app.v1.js
  curl -s -H 'Accept-Encoding: dcz' -H "Available-Dictionary: :$(openssl dgst -sha256 -binary app.v1.js | base64):" ${url}/assets/app.v2.js | wc -c
`;
