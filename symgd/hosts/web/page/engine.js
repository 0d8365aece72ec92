// What answers: a server, or symgd within this browser. The latest of a channel wins.

import { t } from "./words.js";

const PATIENCE = 300; // milliseconds before what is older is given up

async function served(request, signal) {
  const response = await fetch("answer", {
    method: "POST", body: JSON.stringify(request), signal,
    headers: { "Content-Type": "application/json" },
  });
  return response.json();
}

let answers = served;
export const use = (other) => { answers = other; };

class Channel {
  constructor() {
    this.running = null;
    this.next = null;
  }

  // The answer; null where a later request of the channel has taken its place.
  ask(request) {
    return new Promise((done) => {
      if (this.next) this.next.done(null);
      this.next = { request, done };
      if (!this.running) this.go();
      else if (performance.now() - this.running.began > PATIENCE) this.running.control.abort();
      else this.running.timer ??= setTimeout(() => this.next && this.running?.control.abort(), PATIENCE);
    });
  }

  async go() {
    while (this.next) {
      const { request, done } = this.next;
      this.next = null;
      this.running = { control: new AbortController(), began: performance.now(), timer: null };
      let found;
      try {
        found = await answers(request, this.running.control.signal);
      } catch (error) {
        found = this.next ? null : failed(error);
      }
      clearTimeout(this.running.timer);
      this.running = null;
      done(this.next ? null : found);
    }
  }
}

const failed = (error) => ({
  error: {
    kind: "network", field: null, at: null,
    sentence: t(error.name === "AbortError" ? "given.up" : "gone"),
  },
});

const channels = new Map();

export function ask(channel, request) {
  if (!channels.has(channel)) channels.set(channel, new Channel());
  return channels.get(channel).ask(request);
}
