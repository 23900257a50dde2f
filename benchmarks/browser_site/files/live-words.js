const WORDS = {worker: "the worker read", shared: "the shared worker read"};
