#if Workflow
  import Foundation
  import Millrace
  import MillraceWorkflow

  /// Two models of rain, as `Benchmarks/Data/forecast.py` has trained them: a small network, and a logistic regression that is simpler and a little worse.
  struct RainModels: Decodable, Sendable {
    /// Columns that both are given, and what scales them.
    var features: [String]
    var means: [Float]
    var deviations: [Float]
    var network: Network
    var logistic: Logistic
    /// Of rain, in the hours that they were trained with.
    var baseRate: Double

    struct Network: Decodable, Sendable {
      /// By hidden unit, by feature.
      var weights: [[Float]]
      var offsets: [Float]
      var outputWeights: [Float]
      var outputOffset: Float
    }

    struct Logistic: Decodable, Sendable {
      var weights: [Float]
      var offset: Float
    }

    init(contentsOf path: String) throws {
      self = try JSONDecoder().decode(RainModels.self, from: Data(contentsOf: URL(filePath: path)))
      let count = features.count
      guard means.count == count, deviations.count == count, logistic.weights.count == count,
        network.weights.allSatisfy({ $0.count == count }), network.offsets.count == network.weights.count,
        network.outputWeights.count == network.weights.count
      else { throw TaskFailure(code: "model", "\(path): its parts do not fit together", isRetryable: false) }
    }

    enum Kind: String, Sendable { case network, logistic }

    /// The chance of rain in each hour: multiplications and functions of whole columns, in SIMD registers.
    ///
    /// - Parameter columns: in the order of ``features``, all of one length.
    func chances(_ columns: [[Float]], by kind: Kind) -> [Float] {
      let scaled = zip(columns, zip(means, deviations)).map { column, scale -> [Float] in
        var result = column
        Batch.affine(&result, scale: 1 / scale.1, offset: -scale.0 / scale.1)
        return result
      }
      let count = scaled[0].count
      func weightedSum(_ inputs: [[Float]], _ weights: [Float], _ offset: Float) -> [Float] {
        var sum = [Float](repeating: offset, count: count)
        for (input, weight) in zip(inputs, weights) { Batch.axpy(weight, input, &sum) }
        return sum
      }
      var result: [Float]
      switch kind {
      case .logistic: result = weightedSum(scaled, logistic.weights, logistic.offset)
      case .network:
        let hidden = zip(network.weights, network.offsets).map { weights, offset -> [Float] in
          var unit = weightedSum(scaled, weights, offset)
          Batch.tanh(&unit)
          return unit
        }
        result = weightedSum(hidden, network.outputWeights, network.outputOffset)
      }
      Batch.sigmoid(&result)
      return result
    }
  }

  /// Hours of one month, that no model has been trained with.
  struct Partition: Sendable {
    /// By feature.
    var columns: [[Float]]
    var isRain: [Bool]

    /// - Parameter models: whose features are read.
    init(contentsOf path: String, for models: RainModels) throws {
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      let names = lines[0].split(separator: ",").map(String.init)
      func place(_ name: String) throws -> Int {
        guard let place = names.firstIndex(of: name) else {
          throw TaskFailure(code: "file", "\(path) has no column \(name)", isRetryable: false)
        }
        return place
      }
      let (places, rain) = (try models.features.map(place), try place("precip"))
      columns = models.features.map { _ in [] }
      isRain = []
      for line in lines.dropFirst() {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        for (index, place) in places.enumerated() {
          guard let number = Float(cells[place]) else {
            throw TaskFailure(code: "file", "\(path): \(cells[place]) is no number", isRetryable: false)
          }
          columns[index].append(number)
        }
        isRain.append(Double(cells[rain])! > 0)
      }
    }
  }

  /// How well chances were, hour by hour.
  struct Score: Sendable {
    var hours = 0
    var rain = 0
    /// The sum of minus the logarithm of the chance that was given to what came.
    var loss = 0.0
    /// Hours for which what came had the greater chance.
    var hits = 0

    init() {}

    init(_ chances: [Float], _ isRain: [Bool]) {
      for (chance, isRain) in zip(chances, isRain) {
        let given = min(max(Double(isRain ? chance : 1 - chance), 1e-7), 1)
        hours += 1
        rain += isRain ? 1 : 0
        loss -= log(given)
        hits += given > 0.5 ? 1 : 0
      }
    }

    static func + (a: Score, b: Score) -> Score {
      var sum = a
      sum.hours += b.hours
      sum.rain += b.rain
      sum.loss += b.loss
      sum.hits += b.hits
      return sum
    }
  }
#endif
