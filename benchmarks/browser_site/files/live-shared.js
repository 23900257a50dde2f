"use strict";
importScripts("/live-words.js?shared");
onconnect = event => fetch("/stored.json?by=shared").then(answer => answer.json()).then(
  found => event.ports[0].postMessage(WORDS.shared + ": " + found.kept));
