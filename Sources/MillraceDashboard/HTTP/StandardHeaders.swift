#if Workflow
  import MillraceWorkflow

  /// Headers of every response: what browsers must know to keep other people's pages out, and the date.
  final class StandardHeaders {
    /// Scripts, styles and connections of this server alone, none of them inline; in nobody's frame; nothing kept by caches unless a response says so.
    static let fixed = [
      (
        name: "Content-Security-Policy",
        value:
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
      ),
      ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
      ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
      ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"), ("Cache-Control", "no-store"),
    ]

    private var second = Int64.min
    private var headers = fixed

    /// - Parameter now: nanoseconds of ``Sockets/now()``; the date is looked at once in a second of it.
    func at(_ now: Int64) -> [(name: String, value: String)] {
      if now / 1_000_000_000 != second {
        second = now / 1_000_000_000
        headers = Self.fixed + [("Date", Self.date(SystemWallClock().now))]
      }
      return headers
    }

    /// As HTTP writes it: `Sat, 21 Nov 2026 22:14:27 GMT`.
    static func date(_ time: Timestamp) -> String {
      let text = time.description
      let (days, months) = (
        ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"],
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
      )
      let day = Int(time.microseconds / 86_400_000_000 % 7)
      let parts = text.split(whereSeparator: { "-T.".contains($0) })
      return "\(days[day]), \(parts[2]) \(months[Int(parts[1])! - 1]) \(parts[0]) \(parts[3]) GMT"
    }
  }
#endif
