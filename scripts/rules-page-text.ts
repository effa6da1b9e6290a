/** The page's beginning. */
export const HEAD = `# The rules file

<!-- Written by \`npm run schema\` from the schema and its comments: edit those, not this page. -->

One file in JSON with comments says what the proxy does, for which requests: \`rules/default.jsonc\`, or the one
that \`--rules\` names. A key that is not known is a fault, never ignored; \`wayleave check\` finds all faults
at once. Editors complete and explain the keys by \`rules/schema.json\`.

**For each feature, the first rule that matches and mentions it decides; then \`defaults\`; then the built-in
default, which is off.**

\`\`\`jsonc
{
  "$schema": "./schema.json",
  "defaults": { "markdown": true },
  "rules": [
    { "name": "drafts", "match": { "path": "/drafts/*" }, "markdown": false },
    { "name": "trial", "match": { "path": "/docs/*" }, "markdown": { "percentage": 5 } },
  ],
}
\`\`\`

Paths are matched as servers read them: escapes and dot segments resolved, in every reading where \`%2f\`, \`//\`,
\`\\\\\`, \`;\` or escaped punctuation allow several. Where readings differ, the stricter outcome counts: of
\`access\` the one that asks most, of all others off before observe before enforce. Hosts are matched in any case,
with or without the dot at their end. Durations are a number with \`s\`, \`m\`, \`h\` or \`d\`.`;

/** What all features have in common. */
export const MODES = `A feature is \`true\`, \`false\`, \`"observe"\`, or an object with its options.

| written as                   | mode                                                           |
| ---------------------------- | -------------------------------------------------------------- |
| \`true\`, \`{}\`                 | \`enforce\`: it acts, with its options as they are by themselves |
| \`false\`, \`{ "mode": "off" }\` | \`off\`: it takes no part                                        |
| \`"observe"\`                  | \`observe\`: it decides and records, and changes not a byte      |
| \`{ "mode": "observe", … }\`   | the same, with options                                         |
| \`{ "percentage": 5, … }\`     | \`enforce\` for 5 of 100 agents, \`observe\` for the others        |

Who belongs to the 5 is always the same: a verified bot by operator and name, everyone else by User-Agent and
address (of IPv6 the network), hashed with the rule's name. With a higher percentage they stay in and others
join. The record of a decision says \`share: { percentage, isIn }\`. What was changed for a share goes out
\`private\`, so that no shared cache hands it to the others; what the others get is the origin's, cacheable as
ever. It is for trying out, not for protection: a client can choose its User-Agent.`;
