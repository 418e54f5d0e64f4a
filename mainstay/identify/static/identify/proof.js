// A proof of work for a message: the first number whose SHA-256 with the page's challenge begins with zero bits.
// Without JavaScript the message goes the narrower way; nothing else of the page needs this file.
(() => {
  "use strict";
  const form = document.querySelector("form[data-proof]");
  if (!form || !window.crypto || !crypto.subtle) return;
  const bits = Number(form.dataset.bits);
  const field = form.elements.namedItem("proof");
  const zeros = (digest) => {
    let count = 0;
    for (const byte of new Uint8Array(digest)) {
      if (byte) return count + Math.clz32(byte) - 24;
      count += 8;
    }
    return count;
  };
  const work = async () => {
    const text = new TextEncoder();
    for (let number = 0; !field.value; number += 1) {
      const digest = await crypto.subtle.digest("SHA-256", text.encode(`${form.dataset.challenge}:${number}`));
      if (zeros(digest) >= bits) field.value = String(number);
    }
  };
  work();
})();
