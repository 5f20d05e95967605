extension SceneCatalog {
    /// Places, weather and things.
    static let fourthFamilies: [SceneFamily] = [
        SceneFamily(Fireplace.self),
        SceneFamily(Airplane.self),
        SceneFamily(Lightning.self),
        SceneFamily(FallingLeaves.self),
        SceneFamily(River.self),
        SceneFamily(Desert.self),
        SceneFamily(Clock.self),
        SceneFamily(Flag.self),
        SceneFamily(Coin.self),
        SceneFamily(FerrisWheel.self),
        SceneFamily(NightTraffic.self),
        SceneFamily(Coffee.self),
        SceneFamily(ShootingStars.self),
    ]
}
