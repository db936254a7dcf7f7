// A carrier made of the npm package "smpp", which others wrote: it keeps us honest about what SMPP is.
// It tells what it hears as JSON lines on its output and does what JSON lines on its input ask.
"use strict";
const readline = require("readline");
const smpp = require("smpp");

let session = null;
let number = 0;
const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");

const server = smpp.createServer((connected) => {
  connected.on("error", () => {});
  connected.on("bind_transceiver", (pdu) => {
    session = connected;
    connected.send(pdu.response({ system_id: "npm" }));
    tell({ event: "bound", system_id: pdu.system_id, password: pdu.password });
  });
  connected.on("submit_sm", (pdu) => {
    number += 1;
    const id = String(number);
    connected.send(pdu.response({ message_id: id }));
    if (process.env.QUIET) return;
    tell({
      event: "submit",
      id,
      source: pdu.source_addr,
      destination: pdu.destination_addr,
      data_coding: pdu.data_coding,
      text: pdu.short_message.message || "",
      udh: pdu.short_message.udh ? pdu.short_message.udh.map((each) => [...each]) : null,
    });
  });
  connected.on("enquire_link", (pdu) => connected.send(pdu.response()));
  connected.on("unbind", (pdu) => {
    connected.send(pdu.response());
    connected.close();
    tell({ event: "unbound" });
  });
});

server.listen(0, "127.0.0.1", () => tell({ event: "listening", port: server.address().port }));

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line);
  session.deliver_sm(asked, (pdu) => tell({ event: "taken", status: pdu.command_status }));
}).on("close", () => process.exit(0));
