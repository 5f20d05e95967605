extension SceneCatalog {
    /// Families 1 to 13, those of the reference prompts first and more often.
    static let firstFamilies: [SceneFamily] = [
        SceneFamily(Candle.self, weight: 2),
        SceneFamily(Campfire.self, weight: 2),
        SceneFamily(Aurora.self, weight: 2),
        SceneFamily(SailingBoat.self, weight: 2),
        SceneFamily(SeaSunset.self, weight: 1.5),
        SceneFamily(AerialBeach.self, weight: 2),
        SceneFamily(Tornado.self, weight: 2),
        SceneFamily(ShoreWaves.self, weight: 1.5),
        SceneFamily(SnowyTrees.self),
        SceneFamily(RainyStreet.self),
        SceneFamily(Fireworks.self),
        SceneFamily(HotAirBalloon.self),
        SceneFamily(BouncingBall.self),
    ]
}
