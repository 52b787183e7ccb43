// Reads {"verify": [vectors], "sign": [{secret, id, timestamp, body_base64}]} and answers what the library makes of them.
// A vector is verified as if it were its `now`; several secrets are tried one after the other.

import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const clock = Date.now;
const body = (thing) => Buffer.from(thing.body_base64, "base64");

function verify(vector) {
  Date.now = () => vector.now * 1000;
  const said = [];
  try {
    for (const secret of vector.secrets) {
      try {
        new Webhook(secret).verify(body(vector), vector.headers, { jsonParse: false });
        return { name: vector.name, accepted: true, said };
      } catch (error) {
        said.push(`${error.name}: ${error.message}`);
      }
    }
    return { name: vector.name, accepted: false, said };
  } finally {
    Date.now = clock;
  }
}

const sign = (wish) => new Webhook(wish.secret).sign(wish.id, new Date(wish.timestamp * 1000), body(wish));

const wishes = JSON.parse(readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify({ verify: wishes.verify.map(verify), sign: wishes.sign.map(sign) }));
