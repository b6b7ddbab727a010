console.log("two")
