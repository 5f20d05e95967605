extension SceneCatalog {
    /// Families 14 and on.
    static let secondFamilies: [SceneFamily] = [
        SceneFamily(Fish.self),
        SceneFamily(Car.self),
        SceneFamily(Train.self),
        SceneFamily(Windmill.self),
        SceneFamily(Waterfall.self),
        SceneFamily(Moon.self),
        SceneFamily(Clouds.self),
        SceneFamily(Birds.self),
        SceneFamily(Flowers.self),
        SceneFamily(Lighthouse.self),
        SceneFamily(Volcano.self),
        SceneFamily(Butterfly.self),
        SceneFamily(Planet.self),
        SceneFamily(Rocket.self),
    ]
}
