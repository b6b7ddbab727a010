console.log("one")
