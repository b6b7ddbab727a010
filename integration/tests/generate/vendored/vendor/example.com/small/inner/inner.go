// Package inner has an answer.
package inner

// Answer is one.
const Answer = 42
