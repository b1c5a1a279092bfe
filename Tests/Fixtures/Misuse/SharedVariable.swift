// expected-error: mutation of captured var 'x' in concurrently-executing code
import Millrace

func misuse() {
  var x = 0
  join({ x += 1 }, { x += 1 })
}
